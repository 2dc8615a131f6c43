"""accelerate's launcher, which ends with the run and says by its code how its processes ended.

Started as `python -m tutelage.training.accelerate_launcher`, with the arguments of `accelerate launch`.
"""

import os
import subprocess
import sys
from argparse import Namespace

from accelerate.commands.launch import launch_command, launch_command_parser
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from tutelage.core.hardware import cores
from tutelage.core.parent_process import end_with_named_parent, named_as_parent


def main(arguments: list[str]) -> int:
    """Launch the processes; returns 128 and the signal's number where a signal ended one.

    They end with this one, and this one with the run.
    """
    end_with_named_parent()
    os.environ.update(named_as_parent())
    args = launch_command_parser().parse_args(arguments)
    if args.num_cpu_threads_per_process is None and args.config_file is None:
        args.num_cpu_threads_per_process = threads(args)
    try:
        launch_command(args)
    except ChildFailedError as exc:  # by torchrun
        return _code([failure.exitcode for failure in exc.failures.values()])
    except SignalException as exc:
        return 128 + exc.sigval
    except subprocess.CalledProcessError as exc:  # of one process, which needs none
        return _code([exc.returncode])
    return 0


def threads(args: Namespace) -> int:
    """The threads of each process: accelerate's default is one, which leaves all other cores idle.

    Reckoned here, on the machine that trains.
    """
    return max(1, cores() * args.num_machines // args.num_processes)


def _code(codes: list[int]) -> int:
    """The one to blame: a process that was killed takes the others with it."""
    first = min(codes)
    return first if first >= 0 else 128 - first


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
