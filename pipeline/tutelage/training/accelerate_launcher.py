"""accelerate's launcher, which ends with the run and says by its code how its processes ended.

Started by `python -m`, with the arguments of `accelerate launch`.
"""

import os
import signal
import subprocess
import sys
from argparse import Namespace

from accelerate.commands.launch import launch_command, launch_command_parser
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from tutelage.core.hardware import cores
from tutelage.core.parent_process import end_with_named_parent, named_as_parent


def main(arguments: list[str]) -> int:
    """Launch the processes, which end with this one, as this one does with the run."""
    end_with_named_parent()
    os.environ.update(named_as_parent())
    args = launch_command_parser().parse_args(arguments)
    if args.num_cpu_threads_per_process is None and args.config_file is None:
        args.num_cpu_threads_per_process = threads(args)
    try:
        launch_command(args)
    except ChildFailedError as exc:  # by torchrun
        return exit_code([failure.exitcode for failure in exc.failures.values()])
    except SignalException as exc:
        return 128 + int(exc.sigval)
    except subprocess.CalledProcessError as exc:  # of one process, which needs none
        return exit_code([exc.returncode])
    return 0


def threads(args: Namespace) -> int:
    """The threads of each process: accelerate's default is one, which leaves all other cores idle.

    Reckoned here, on the machine that trains.
    """
    here: int = args.num_processes // args.num_machines
    return max(1, cores() // here)


def exit_code(codes: list[int]) -> int:
    """That of the process to blame: one that was killed takes others with it, torchrun ends them.

    128 and the signal's number where it was ended by one.
    """
    first = min([code for code in codes if code != -signal.SIGTERM] or codes)
    return first if first >= 0 else 128 - first


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking torch down would take a second, which all machines wait for
