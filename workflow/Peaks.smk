# Motifs of many sets of sequences, one job each, and a page over all. From any folder:
#
#     snakemake -s workflow/Peaks.smk --config sets=peaks/ outdir=many       # a folder of FASTA files
#     snakemake -s workflow/Peaks.smk --config sets=peaks.tsv outdir=many    # or a table
#     ... --workflow-profile workflow/profiles/slurm                         # as jobs of a cluster
#
# A table has the columns name and fasta, and any options of the command grim as further ones
# (strands, targets, seed, ...; an empty cell is the default); --config targets=JASPAR2024 is for
# all sets. outdir then holds index.html and index.tsv, results/NAME/report.html and logs/NAME.log.
#
# A set that fails does not stop the others: the page shows it, with its error. Interrupt it as you
# like, kill -9 included, and give the same command again: finished sets stay, unless their file or
# options have changed since, and those that were stopped or failed are tried again.

import os
import sys

from grimlib.discover.sets import read_sets

if "sets" not in config:
    sys.exit("Peaks.smk: give a folder of FASTA files or a table: --config sets=peaks/")
OUT = str(config.get("outdir", "many")).rstrip("/")
OPTIONS = {name: value for name, value in config.items() if name not in ("sets", "outdir")}
try:
    SETS = {one.name: one for one in read_sets(config["sets"], OPTIONS)}
except (OSError, ValueError) as error:
    sys.exit(f"Peaks.smk: {error}")

def write_page():
    from grimlib.discover.overview import write_overview

    write_overview(SETS.values(), OUT)


onerror:
    write_page()


wildcard_constraints:
    name="[^/]+",


localrules:
    overview,


REPORTS = expand(OUT + "/results/{name}/report.html", name=SETS)


rule all:
    input:
        REPORTS,  # also where there is a page already, that tells of a set that failed
        OUT + "/index.html",


rule overview:
    input:
        REPORTS,
    output:
        OUT + "/index.html",
        OUT + "/index.tsv",
    run:
        write_page()


rule analysis:
    input:
        # One that is not there is the set's own failure, not everybody's.
        lambda wildcards: list(filter(os.path.exists, [SETS[wildcards.name].fasta])),
    output:
        OUT + "/results/{name}/report.html",
    log:
        OUT + "/logs/{name}.log",
    params:
        arguments=lambda wildcards: SETS[wildcards.name].arguments,
        folder=lambda wildcards: f"{OUT}/results/{wildcards.name}",
    threads: 1
    resources:
        mem_mb=4000,
        runtime=180,  # minutes; thousands of peaks take one or two
    shell:
        "OMP_NUM_THREADS={threads} NUMBA_NUM_THREADS={threads} "
        "{sys.executable:q} -m grimlib.discover.command --outdir {params.folder:q} --overwrite "
        "{params.arguments:q} > {log:q} 2>&1"
