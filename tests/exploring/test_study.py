import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from digitscope.errors import StudyError
from digitscope.exploring.question import Question
from digitscope.exploring.space import parse
from digitscope.exploring.study import Counts, open_study, outcome
from digitscope.settings.config import Config
from digitscope.settings.recipes import RECIPES

GRID = Question(Config(epochs=2), parse(["filters=2,4", "dropout=0,0.3"]), seeds=2)
SEARCH = Question(Config(), parse(["learning_rate=0.0001..0.1", "filters=2;3,3,3,3"]), trials=6)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "explore.db"


def do_all(study):
    """Finish every trial that is left; their configs."""
    configs = []
    while begun := study.next():
        trial, config = begun
        configs.append(config)
        study.finish(trial, f"run-{trial.number}", 0.9)
    return configs


def test_a_grid_is_done_once_with_every_seed(path):
    with open_study(path, GRID) as study:
        configs = do_all(study)
        assert study.is_done
    wanted = {((f,), (d,), seed) for f in (2, 4) for d in (0, 0.3) for seed in (0, 1)}
    assert len(configs) == 8
    assert {(c.filters, c.dropout, c.seed) for c in configs} == wanted
    assert all(config.epochs == 2 for config in configs)
    with open_study(path, GRID) as study:
        assert study.next() is None


def test_every_setting_has_its_first_seed_before_any_has_its_second(path):
    base = Config(epochs=2, seed=7)
    with open_study(path, Question(base, GRID.space, seeds=2)) as study:
        configs = do_all(study)
    grid = [((f,), (d,)) for f in (2, 4) for d in (0, 0.3)]
    order = [((c.filters, c.dropout), c.seed) for c in configs]
    assert order == [(point, seed) for seed in (7, 8) for point in grid]


def test_a_search_looks_for_the_highest_accuracy_between_the_ends(path):
    """On the scale of each range, and for the same seed in the same way."""
    space = parse(["learning_rate=0.001..0.1", "dropout=0..0.5", "filters=2..9", "pool=0,2"])

    def configs_of(name, seed=0):
        with open_study(
            path.with_name(name), Question(Config(seed=seed), space, trials=4)
        ) as study:
            return do_all(study)

    first, again, other = (configs_of(f"{n}.db", seed=n > 1) for n in range(3))
    assert first == again
    assert {c.learning_rate for c in first}.isdisjoint({c.learning_rate for c in other})
    with open_study(path.with_name("0.db"), Question(Config(), space, trials=5)) as study:
        trial, _ = study.next()
        assert trial.distributions == {
            "learning_rate": FloatDistribution(0.001, 0.1, log=True),
            "dropout": FloatDistribution(0, 0.5),
            "filters": IntDistribution(2, 9),
            "pool": CategoricalDistribution(["0", "2"]),
        }
        study.finish(trial, "run", 0.95)
        assert study.optuna.best_value == 0.95  # the others have 0.9


def test_a_file_is_never_seen_half_made(path, monkeypatch):
    def dies(*_, **__):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(optuna.study.Study, "set_user_attr", dies)
        with pytest.raises(SystemExit), open_study(path, GRID):
            pass
    assert not path.exists()
    with open_study(path, GRID) as study:
        assert len(do_all(study)) == 8


def test_what_came_of_a_trial_is_said_in_words(path):
    with open_study(path, GRID) as study:
        study.finish(study.next()[0], "run-0", 0.9123)
        study.finish(study.next()[0], "run-1", 0.5, pruned=True)
        study.fail(study.next()[0], "The loss became NaN.")
        assert [outcome(trial) for trial in study.decided()] == [
            "val_accuracy 91.23%",
            "stopped early: worse than half of the others",
            "failed: The loss became NaN.",
        ]
        assert study.counts() == Counts(done=1, pruned=1, failed=1, wanted=8)
        assert [trial.user_attrs["run"] for trial in study.finished()] == ["run-0"]


def test_more_seeds_go_on_with_the_same_study(path):
    with open_study(path, GRID) as study:
        do_all(study)
    more = Question(GRID.base, GRID.space, seeds=3)
    with open_study(path, more) as study:
        assert [config.seed for config in do_all(study)] == [2] * 4


def test_a_trial_cut_short_is_begun_anew(path):
    with open_study(path, GRID) as study:
        study.finish(study.next()[0], "run-0", 0.9)
        cut_short = study.next()[1]
    with open_study(path, GRID) as study:
        configs = do_all(study)
        assert len(configs) == 7
        assert configs.count(cut_short) == 1
        assert study.counts() == Counts(done=8, pruned=0, failed=0, wanted=8)


def test_a_search_loses_and_doubles_nothing(path):
    seen = []
    for _ in range(20):  # each time it is cut short with a trial under way
        with open_study(path, SEARCH) as study:
            if begun := study.next():
                seen.append(begun[1])
                study.finish(begun[0], "run", 0.9)
                study.next()
    with open_study(path, SEARCH) as study:
        counts = study.counts()
        assert counts.done + counts.failed == 6
        done = [trial.params["learning_rate"] for trial in study.finished()]
        assert len(set(done)) == len(done)
        reasons = [t.user_attrs["reason"] for t in study.decided() if t.state == TrialState.FAIL]
        assert all("Convolution layer 4" in reason for reason in reasons)
    assert len(seen) == counts.done


def test_what_failed_is_not_tried_again(path):
    with open_study(path, GRID) as study:
        study.fail(study.next()[0], "The loss became NaN.")
        do_all(study)
    with open_study(path, GRID) as study:
        assert study.next() is None
        assert study.counts().failed == 1
        assert outcome(study.decided()[0]) == "failed: The loss became NaN."


def test_a_file_holds_several_studies_and_optuna_reads_it(path):
    for question in (GRID, SEARCH):
        with open_study(path, question) as study:
            study.finish(study.next()[0], "0001-tutorial", 0.91)
    names = optuna.get_all_study_names(f"sqlite:///{path}")
    assert sorted(names) == sorted([GRID.name, SEARCH.name])
    study = optuna.load_study(study_name=GRID.name, storage=f"sqlite:///{path}")
    assert study.best_value == 0.91
    assert study.best_trial.user_attrs == {"seed": 0, "run": "0001-tutorial"}


def test_other_files_are_refused_and_left_alone(path):
    path.parent.mkdir()
    path.write_bytes(b"a letter to my aunt, who collects digits " * 99)
    with pytest.raises(StudyError, match="is not a study"), open_study(path, GRID):
        pass
    assert path.read_bytes().startswith(b"a letter")
    path.unlink()
    sqlite3.connect(path).execute("CREATE TABLE songs (title)").connection.close()
    with pytest.raises(StudyError, match="another project"), open_study(path, GRID):
        pass
    path.unlink()
    optuna.create_study(storage=f"sqlite:///{path}", study_name="theirs")
    with pytest.raises(StudyError, match="another project"), open_study(path, GRID):
        pass


def test_a_commit_cut_short_is_rolled_back(path):
    with open_study(path, GRID) as study:
        study.finish(study.next()[0], "run-0", 0.9)
    code = f"""
import os, sqlite3
database = sqlite3.connect({str(path)!r}, isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN")
database.execute("UPDATE trial_values SET value = 0.1")
database.execute("CREATE TABLE filler AS WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) SELECT i, hex(randomblob(50)) FROM n")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert path.with_name("explore.db-journal").exists()
    with open_study(path, GRID) as study:
        assert [trial.value for trial in study.finished()] == [0.9]


def test_different_values_are_different_questions(path):
    questions = [Question(Config(), parse([spec])) for spec in ("filters=8;8,16", "filters=8,8;16")]
    for question in questions:
        with open_study(path, question) as study:
            do_all(study)
    assert len({question.name for question in questions}) == 2


def test_settings_that_have_changed_since_are_not_mixed_in(path, monkeypatch):
    questions = []
    for epochs in (5, 9):
        monkeypatch.setitem(RECIPES, "mine", Config(recipe="mine", epochs=epochs))
        questions.append(Question(RECIPES["mine"], parse(["filters=2,4"])))
        assert questions[-1].name == "mine grid: filters=2,4"
        if epochs == 5:
            with open_study(path, questions[0]) as study:
                do_all(study)
    new = questions[1]
    with pytest.raises(StudyError, match="have changed since"), open_study(path, new):
        pass


def test_what_a_search_takes_up_again_is_taken_up_once(path):
    with open_study(path, SEARCH) as study:
        cut_short, _ = study.next()
        params = dict(cut_short.params)
        # killed between the two writes that end a trial cut short
        attributes = {"seed": 0, "instead_of": cut_short.number}
        study.optuna.enqueue_trial(params, user_attrs=attributes)
    with open_study(path, SEARCH) as study:
        waiting = study.optuna.get_trials(states=[TrialState.WAITING])
        assert [trial.user_attrs["instead_of"] for trial in waiting] == [cut_short.number]
        assert study.next()[0].params == params


def test_one_explorer_at_a_time(path):
    with (
        open_study(path, GRID),
        pytest.raises(StudyError, match="Another process explores"),
        open_study(path, GRID),
    ):
        pass


def test_long_questions_have_names_of_their_own(path):
    names = set()
    for last in (200, 201):
        values = ",".join(map(str, [*range(1, 199), last]))
        question = Question(Config(), parse([f"filters={values}"]))
        names.add(question.name)
        with open_study(path, question):
            pass
    assert len(names) == 2


def test_names_fit_into_optunas_table():
    """400 characters are kept as they are; of more there is a sum. Optuna has room for 512."""
    for last, length in (("40", 400), ("400", 401)):
        values = [*["1"] * 188, last]
        question = Question(Config(), {"epochs": values})
        text = f"tutorial grid: epochs={','.join(values)}"
        assert len(text) == length
        assert (question.name == text) == (length == 400)
        assert question.name[:400] == text[:400]
        assert len(question.name) <= 512


OLD = (
    Path(__file__).parent.parent / "old"
)  # studies and runs as digitscope 0.1.0 wrote them at first
OLD_BASE = Config(epochs=1, filters=(1,), pool=(4,), dense_units=(), keep="last")
OLD_GRID = Question(OLD_BASE, parse(["filters=1,2", "dropout=0,0.3"]))
OLD_SEARCH = Question(
    OLD_BASE,
    parse(["learning_rate=0.001..0.1", "filters=1..3", "padding=same,valid"]),
    trials=4,
)
OLD_LONG = Question(OLD_BASE, parse(["filters=" + ",".join(map(str, range(1, 200)))]))


@pytest.fixture
def old(path):
    path.parent.mkdir()
    return Path(shutil.copy(OLD / "explore.db", path))


def test_studies_keep_their_names_whatever_the_terminal_shows(monkeypatch):
    monkeypatch.setattr("digitscope.cli.text.value_text", lambda value: "reworded")
    questions = (OLD_GRID, OLD_SEARCH, OLD_LONG)
    names = optuna.get_all_study_names(f"sqlite:///{OLD / 'explore.db'}")
    assert sorted(names) == sorted(question.name for question in questions)
    base = Config(recipe="lenet", batch_norm=True, dropout=(0, 0.5), learning_rate=0.002)
    question = Question(base, parse(["filters=8;8,16", "activation=relu,elu", "epochs=1..3"]))
    assert question.name.startswith("lenet filters=32 ")
    assert " batch_norm=True dropout=0.0,0.5 " in question.name
    assert question.name.endswith(" grid: filters=8;8,16 activation=relu,elu epochs=1..3")


def test_studies_of_an_earlier_version_go_on(old):
    with open_study(old, OLD_GRID) as study:
        assert study.is_done
        assert study.counts() == Counts(done=4, pruned=0, failed=0, wanted=4)
    with open_study(old, Question(OLD_BASE, OLD_GRID.space, seeds=2)) as study:
        assert [config.seed for config in do_all(study)] == [1] * 4
    with open_study(old, OLD_SEARCH) as study:
        assert [trial.user_attrs["run"] for trial in study.finished()] == [
            "0100-tutorial",
            "0101-tutorial",
        ]
        rates = [config.learning_rate for config in do_all(study)]
        assert len(rates) == 2
        assert rates[0] == pytest.approx(0.08459, rel=1e-3)  # was under way when it was killed
    with open_study(old, OLD_LONG) as study:
        assert study.counts().done == 1


def test_a_study_from_before_there_was_a_setting_goes_on(old):
    with sqlite3.connect(old) as database:
        query = "SELECT study_id, value_json FROM study_user_attributes"
        for number, text in database.execute(query).fetchall():
            settings = json.loads(json.loads(text))
            del settings["elastic"]
            changed = (json.dumps(json.dumps(settings)), number)
            update = "UPDATE study_user_attributes SET value_json = ? WHERE study_id = ?"
            database.execute(update, changed)
    database.close()
    with open_study(old, OLD_GRID) as study:
        assert study.is_done
