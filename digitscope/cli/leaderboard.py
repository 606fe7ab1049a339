"""leaderboard: an exploration under way: its best trials so far, a line for each that is done."""

from rich.console import Console
from rich.live import Live
from rich.text import Text

from digitscope.cli.console import table
from digitscope.exploring.study import Study, outcome
from digitscope.settings.config import settings_text

SHOWN = 10


class LeaderBoard:
    """Print each finished trial to standard error; on a terminal, keep the best in view below.

    A context manager: at its end the board is gone.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.live = Live(console=self.console, transient=True, auto_refresh=False)
        self.told: set[int] = set()

    def __enter__(self) -> "LeaderBoard":
        """Take a place on the terminal."""
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.live.stop()

    def hear(self, study: Study) -> None:
        """Tell of the trials that have been done since the last call."""
        trials = study.decided()
        for trial in trials:
            if trial.number not in self.told:
                self.told.add(trial.number)
                self.console.print(
                    f"trial {trial.number}: {settings_text(trial.params)} "
                    f"seed={trial.user_attrs['seed']}  {outcome(trial)}",
                    highlight=False,
                    markup=False,
                    soft_wrap=True,
                )
        if self.live.is_started:
            self.live.update(Text(self._board(study)), refresh=True)

    def _board(self, study: Study) -> str:
        counts = study.counts()
        best = sorted(study.finished(), key=lambda trial: -(trial.value or 0))[:SHOWN]
        rows = [
            [f"{trial.value:.2%}", settings_text(trial.params), trial.user_attrs["seed"]]
            for trial in best
        ]
        head = f"{counts.decided} of {counts.wanted} trials, the best:"
        return f"{head}\n{table([['val accuracy', 'settings', 'seed'], *rows], left=(1,))}"
