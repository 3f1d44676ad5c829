"""Kernels that begin with the imports of a chapter done.

TensorFlow and its like take a kernel five to eight seconds, more than many a chapter computes.
Python's fork server imports them once, and each kernel is a fork of it.
"""

import os
from multiprocessing import get_context, parent_process
from threading import Thread

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.provisioning import LocalProvisioner

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    ["ipykernel.kernelapp", "keras", "matplotlib.pyplot", "memelite", "pandas", "scipy.stats"]
)


class Kernel(FORKS.Process):
    """A process that is a kernel, with those names of subprocess.Popen that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], folder: str):
        super().__init__()
        self.arguments, self.folder = arguments, folder

    def run(self) -> None:
        os.setsid()  # Ctrl-C is for the build, which stops its kernels
        os.chdir(self.folder)
        Thread(target=end_with_the_build, daemon=True).start()
        IPKernelApp.launch_instance(self.arguments)

    def poll(self) -> int | None:
        return self.exitcode

    def wait(self) -> int | None:
        self.join()
        return self.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def end_with_the_build() -> None:
    """Wait for the end of the process that asked for this one, and end with it."""
    parent_process().join()
    os._exit(1)


class ForkingProvisioner(LocalProvisioner):
    """Starts a kernel as a fork, in place of the kernel's command."""

    async def launch_kernel(self, cmd: list[str], *, cwd: str, **kwargs) -> dict:
        self.process = Kernel(cmd[cmd.index("-f") :], cwd)
        self.process.start()
        self.pid = self.pgid = self.process.pid
        return self.connection_info
