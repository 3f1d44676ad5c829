"""Sphinx extension: the buttons at the top of a page.

Every chapter can be downloaded as executed notebook and as script. The buttons that need the
repository's address (its page, edit, issue, Binder, Colab) appear once _config.yml names it.
"""

import shutil
from pathlib import Path

REPOSITORY_BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")


def follow_the_repository(app, config) -> None:
    """Show the repository's buttons if there is an address, and no launch buttons if not."""
    options = config.html_theme_options
    if options.get("repository_url"):
        options.update(dict.fromkeys(REPOSITORY_BUTTONS, True))
    else:
        options.pop("launch_buttons", None)


def chapter_files(app, page: str) -> dict[str, Path]:
    """A chapter's executed notebook and script, by their places in the site; empty for others."""
    script = Path(app.srcdir) / "scripts" / f"{page}.py"
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    if not (script.exists() and executed.exists()):
        return {}
    return {f"_downloads/executed/{page}.ipynb": executed, f"_downloads/scripts/{page}.py": script}


def add_downloads(app, pagename, templatename, context, doctree) -> None:
    """Offer a chapter's files, and edit its script: the notebook is made from it."""
    files = chapter_files(app, pagename)
    if not files:
        return
    texts = (
        ("executed .ipynb", "Download the executed notebook", "fas fa-square-check"),
        (".py", "Download the script", "fab fa-python"),
    )
    entries = [
        {
            "type": "link",
            "url": context["pathto"](target, 1),
            "text": text,
            "tooltip": tooltip,
            "icon": icon,
            "label": f"download-{Path(target).parent.name}-button",
        }
        for target, (text, tooltip, icon) in zip(files, texts, strict=True)
    ]
    for button in context.get("header_buttons", []):
        if button.get("label") == "download-buttons":
            button["buttons"][1:1] = entries
        for entry in button.get("buttons", []):
            if entry.get("label") == "source-edit-button":
                notebook, script = f"/{pagename}.ipynb", f"/scripts/{pagename}.py"
                entry["url"] = entry["url"].replace(notebook, script)


def copy_downloads(app, error) -> None:
    if error is None and app.builder.format == "html":
        for page in app.env.found_docs:
            for target, source in chapter_files(app, page).items():
                copy = Path(app.outdir) / target
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)


def setup(app) -> dict:
    app.connect("config-inited", follow_the_repository)
    app.connect("html-page-context", add_downloads, priority=900)  # behind the theme's buttons
    app.connect("build-finished", copy_downloads)
    return {"parallel_read_safe": True}
