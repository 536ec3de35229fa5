"""The agent's loop with models of rules or script, on a page of paper."""

import asyncio
import errno
from pathlib import Path

import pytest
from smolagents import ChatMessage, MessageRole, Model, TokenUsage

from agent.browser.protocol import Rejected
from agent.composer import EditRequest, Greenlit, Limits, OutOfRounds, compose
from agent.domain import Asset, AssetKind, Issue, MediaInfo
from agent.errors import ModelError, NotGreenlit, NotUnderstood, PageClosed, StoreFailed
from agent.models.offline.model import OfflineModel
from agent.models.recorded import RecordedModel
from agent.tools.built_in import composing_tools
from agent.tools.context import Observer
from tests.unit.paper_page import WARNED, NoDocs, PaperPage, ScriptedCritic, type_error

MEDIA = MediaInfo("mp4", 8.0, 640, 360, frame_rate=30.0, video_codec="h264", audio_codec="aac")
CLIP = Asset("clip.mp4", AssetKind.VIDEO, Path("clip.mp4"), Path("clip.mp4"), "a" * 64, "a" * 64, 1, MEDIA)
CUT_OFF = Issue(
    "text_outside_frame", 'TEXT "Hi" is cut off.', time_s=1.0, suggested_fix="Use a smaller fontSize."
)


class Scripted(Model):
    """Gives replies in order, whatever it is asked; the last one again and again."""

    def __init__(self, *steps: str | Exception):
        super().__init__(model_id="scripted")
        self._steps = list(steps)
        self.questions: list[list[ChatMessage]] = []

    def generate(self, messages, stop_sequences=None, **_):
        self.questions.append(list(messages))
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        text = step if "<code>" in step else f"Thought: go on\n<code>\n{step}\n</code>"
        return ChatMessage(role=MessageRole.ASSISTANT, content=text, token_usage=TokenUsage(10, 5))


class Journal(Observer):
    def __init__(self):
        self.entries = []

    async def composed(self, program, composed):
        self.entries.append(("composed", composed.fingerprint[:6]))

    async def rejected(self, program, rejected):
        self.entries.append(("rejected", rejected.reason))

    async def reviewed(self, verdict, samples):
        self.entries.append(("reviewed", verdict.green_light))


async def run(model, prompt="title 'Hi', trim to 5 seconds", *, page=None, critic=None, **options):
    request = EditRequest(prompt, (CLIP,), previous_program=options.pop("previous", None))
    return await compose(
        request,
        model=model,
        page=page or PaperPage(),
        critic=critic or ScriptedCritic(),
        tools=composing_tools(NoDocs()),
        **options,
    )


async def test_the_offline_model_gets_a_green_light():
    """Program, verdict, final answer: three steps, told in order."""
    page, journal, steps = PaperPage(), Journal(), []

    outcome = await run(OfflineModel(), page=page, observer=journal, on_step=steps.append)
    await asyncio.sleep(0)

    assert isinstance(outcome, Greenlit)
    assert outcome.program == page.programs[-1]
    assert outcome.message == "5 s of video, as asked."
    assert [name for name, _ in journal.entries] == ["composed", "reviewed"]
    assert [step.number for step in steps] == [1, 2, 3]
    assert "video_editor" in steps[0].code
    page.gate.require(outcome.fingerprint)


async def test_the_offline_model_revises_by_a_verdict():
    """A title that is cut off comes back smaller, and the program is changed by replace."""
    page, steps = PaperPage(), []

    outcome = await run(OfflineModel(), page=page, critic=ScriptedCritic([CUT_OFF], []), on_step=steps.append)
    await asyncio.sleep(0)

    sizes = [float(program.partition("size: ")[2].split(" ")[0]) for program in page.programs]
    assert isinstance(outcome, Greenlit)
    assert sizes[1] < sizes[0]
    assert "program.replace(" in steps[2].code


async def test_the_offline_model_heeds_the_pages_warnings():
    """A warning is mended before a round is spent on it."""
    page = PaperPage(lambda program: WARNED if "size: 13.2" in program else None)
    critic = ScriptedCritic()

    outcome = await run(OfflineModel(), page=page, critic=critic)

    assert isinstance(outcome, Greenlit)
    assert len(page.programs) == 2
    assert len(critic.asked) == 1


async def test_the_offline_model_takes_a_fix_at_its_word():
    """A fix in words that the grammar knows is done."""
    issue = Issue("seen_text", "The title is over the face.", suggested_fix="Move the title to the bottom.")

    outcome = await run(OfflineModel(), critic=ScriptedCritic([issue], []))

    assert '"place":"bottom"' in outcome.program


async def test_what_no_rule_mends_goes_to_a_person():
    """The last composition is kept with its issues."""
    issue = Issue("seen_quality", "The footage is shaky.")

    outcome = await run(OfflineModel(), critic=ScriptedCritic([issue]))

    assert isinstance(outcome, OutOfRounds)
    assert outcome.verdict.issues == (issue,)
    assert "shaky" in outcome.message


async def test_a_follow_up_keeps_what_it_does_not_speak_of():
    """The previous program carries its edit."""
    first = await run(OfflineModel())

    second = await run(OfflineModel(), "make the title red", previous=first.program)

    assert "range: [0, 5]" in second.program
    assert "color: '#ff3b30'" in second.program


async def test_a_foreign_composition_is_not_changed_by_rules():
    """Without a model only its own programs can be followed up."""
    with pytest.raises(NotUnderstood, match="written by a model"):
        await run(OfflineModel(), "make it red", previous="composition.resize(2, 2);")


async def test_a_request_that_is_not_understood_ends_with_the_list():
    """The refusal names the words and what is understood."""
    with pytest.raises(NotUnderstood, match=r"(?s)explosion.*Without a model I understand:.*lower third"):
        await run(OfflineModel(), "add an explosion")


async def test_a_final_answer_without_a_green_light_is_refused():
    """The model has to ask for a verdict first, whatever it says."""
    model = Scripted(
        "program = 'x'\nprint(video_editor(program))",
        "final_answer('done')",
        "print(visual_feedback())",
        "final_answer('now')",
    )

    outcome = await run(model)

    assert isinstance(outcome, Greenlit)
    assert outcome.message == "now"
    assert "no green light" in str(model.questions[2][-1].content)


async def test_a_green_light_is_for_one_program():
    """Composing again after it needs another verdict."""
    model = Scripted(
        "print(video_editor('one'))",
        "print(visual_feedback())",
        "print(video_editor('two'))",
        "final_answer('done')",
    )

    outcome = await run(model, limits=Limits(steps=4))

    assert isinstance(outcome, OutOfRounds)
    assert outcome.program == "two"


async def test_rounds_are_limited():
    """After the last verdict the model is not asked again."""
    model = Scripted(
        *[step for n in range(9) for step in (f"print(video_editor('{n}'))", "print(visual_feedback())")]
    )

    outcome = await run(model, critic=ScriptedCritic([CUT_OFF]), limits=Limits(steps=30, rounds=2))

    assert isinstance(outcome, OutOfRounds)
    assert len(model.questions) == 4
    assert outcome.program == "1"
    assert "2 verdicts" in outcome.message


async def test_the_same_composition_costs_one_round():
    """Asking twice about one program is answered from memory."""
    critic = ScriptedCritic([CUT_OFF])
    model = Scripted("print(video_editor('x'))", "print(visual_feedback())")

    outcome = await run(model, critic=critic, limits=Limits(steps=6, rounds=3))

    assert isinstance(outcome, OutOfRounds)
    assert len(critic.asked) == 1


async def test_steps_are_limited():
    """A model that never ends is stopped, without one more question."""
    model = Scripted("print(video_editor('x'))", "print('thinking')")

    outcome = await run(model, limits=Limits(steps=3))

    assert isinstance(outcome, OutOfRounds)
    assert len(model.questions) == 3
    assert "all its steps" in outcome.message


async def test_looping_on_one_error_ends_the_job():
    """The third identical failure in a row is the last."""
    model = Scripted("print(video_editor('clip.volum = 1'))")
    page = PaperPage(lambda _: type_error())

    with pytest.raises(ModelError, match="looping on the same error"):
        await run(model, page=page)

    assert len(model.questions) == 3


async def test_a_loop_inside_one_step_ends_too():
    """A step that swallows the failures gets no further."""
    model = Scripted("for attempt in range(50):\n    print(video_editor('clip.volum = 1'))")

    journal = Journal()

    with pytest.raises(ModelError, match="looping"):
        await run(model, page=PaperPage(lambda _: type_error()), observer=journal)

    assert len(model.questions) == 1
    assert len(journal.entries) == 3


async def test_diagnostics_reach_the_model_with_their_lines():
    """Line, code, message, proposal and the line itself."""
    model = Scripted("print(video_editor('a\\nclip.volum = 1'))", "final_answer('CANNOT: no')")

    with pytest.raises(NotUnderstood):
        await run(model, page=PaperPage(lambda _: type_error(line=2)))

    seen = str(model.questions[1][-1].content)
    assert "FAILED" in seen
    assert "line 2:3 TS2551: Property 'volum' does not exist. Did you mean 'volume'?" in seen
    assert "clip.volum = 1" in seen


async def test_feedback_before_a_composition_is_a_failure():
    """There is nothing to judge."""
    model = Scripted("print(visual_feedback())", "final_answer('CANNOT: lost')")

    with pytest.raises(NotUnderstood, match="lost"):
        await run(model)

    assert "FAILED: nothing is composed yet" in str(model.questions[1][-1].content)


async def test_a_dead_page_ends_the_job_as_what_it_is():
    """No reply of the model can mend it."""
    model = Scripted("print(video_editor('x'))")

    with pytest.raises(PageClosed):
        await run(model, page=PaperPage(lambda _: PageClosed("gone")))

    assert len(model.questions) == 1


async def test_a_critic_that_fails_ends_the_job():
    """A verdict is never guessed."""
    model = Scripted("print(video_editor('x'))", "print(visual_feedback())")

    with pytest.raises(ModelError, match="no verdict"):
        await run(model, critic=ScriptedCritic(ModelError("no verdict")))


async def test_a_model_that_fails_ends_the_job():
    """Its error comes through smolagents as it was."""
    with pytest.raises(ModelError, match="endpoint down"):
        await run(Scripted(ModelError("endpoint down")))


async def test_nonsense_is_answered_and_ends_at_the_limit():
    """Replies without code cost a step each."""
    with pytest.raises(ModelError, match="never composed"):
        await run(Scripted("<code> lorem ipsum"), limits=Limits(steps=3))


@pytest.mark.parametrize(
    "code",
    [
        "import os\nprint(os.listdir('/'))",
        "print(open('/etc/passwd').read())",
        "import subprocess",
        "().__class__.__mro__",
    ],
)
async def test_the_models_python_reaches_nothing_else(code):
    """No files, no processes, no dunder walks."""
    model = Scripted(code, "final_answer('CANNOT: nothing')")

    with pytest.raises(NotUnderstood):
        await run(model)

    assert "Error" in str(model.questions[1][-1].content)


async def test_a_recorded_edit_replays_without_a_model(tmp_path):
    """The same page and critic lead through the same program."""
    record = tmp_path / "replies.jsonl"
    first = await run(RecordedModel(OfflineModel(), record), critic=ScriptedCritic([CUT_OFF], []))

    again = await run(RecordedModel.replay(record), critic=ScriptedCritic([CUT_OFF], []))

    assert (again.program, again.fingerprint, again.message) == (
        first.program,
        first.fingerprint,
        first.message,
    )


async def test_a_replay_notices_another_course_of_events(tmp_path):
    """Where the critic says something else the record no longer fits."""
    record = tmp_path / "replies.jsonl"
    await run(RecordedModel(OfflineModel(), record), critic=ScriptedCritic([CUT_OFF], []))

    with pytest.raises(ModelError, match="another question"):
        await run(RecordedModel.replay(record), critic=ScriptedCritic([]))


async def test_a_cancelled_edit_asks_nothing_more():
    """Cancelling ends the call under way and the model's thread."""
    started = asyncio.Event()

    class SlowPage(PaperPage):
        async def compose(self, source):
            started.set()
            await asyncio.sleep(60)

    model = Scripted("print(video_editor('x'))")
    edit = asyncio.create_task(run(model, page=SlowPage()))
    await started.wait()

    edit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await edit

    assert len(model.questions) == 1


async def test_a_rejected_exception_is_told(tmp_path):
    """An exception at run time has no TypeScript number."""
    rejected = type_error("boom")
    thrown = Rejected(ok=False, reason="exception", diagnostics=rejected.diagnostics, console=())
    model = Scripted("print(video_editor('x'))", "final_answer('CANNOT: no')")

    class ThrowingPage(PaperPage):
        async def check(self, source):
            return await PaperPage().check(source)

    with pytest.raises(NotUnderstood):
        await run(model, page=ThrowingPage(lambda _: thrown))

    assert "(exception)" in str(model.questions[1][-1].content)


class FullDisk(Observer):
    """Stores everything but one kind of thing."""

    def __init__(self, refused: str, error: Exception | None = None):
        self._refused = refused
        self._error = error or OSError(errno.ENOSPC, "No space left on device")

    async def composed(self, program, composed):
        self._store("composed")

    async def rejected(self, program, rejected):
        self._store("rejected")

    async def reviewed(self, verdict, samples):
        self._store("reviewed")

    def _store(self, what):
        if what == self._refused:
            raise self._error


@pytest.mark.parametrize("refused", ["composed", "reviewed"])
@pytest.mark.parametrize("error", [None, StoreFailed("No space left on device", hint="Free some space.")])
async def test_what_cannot_be_stored_ends_the_edit(refused, error):
    """No green light is recorded, also when the model's code catches the error and goes on."""
    page = PaperPage()
    model = Scripted(
        "try:\n    print(video_editor('x'))\nexcept Exception:\n    pass\n"
        "try:\n    visual_feedback()\nexcept Exception:\n    pass\nfinal_answer('done')"
    )

    with pytest.raises(StoreFailed, match="No space left") as raised:
        await run(model, page=page, observer=FullDisk(refused, error))

    assert "space" in raised.value.hint
    assert len(model.questions) == 1
    with pytest.raises(NotGreenlit):
        page.gate.require((await page.compose("x")).fingerprint)


async def test_a_refused_program_that_cannot_be_stored_ends_the_edit():
    """Every version is kept, or the edit says why not."""
    model = Scripted("print(video_editor('clip.volum = 1'))")

    with pytest.raises(StoreFailed):
        await run(model, page=PaperPage(lambda _: type_error()), observer=FullDisk("rejected"))

    assert len(model.questions) == 1


async def test_refused_programs_are_told_with_their_diagnostics():
    """The observer gets program and refusal before the model hears of it."""
    told = []

    class Keeper(Observer):
        async def rejected(self, program, rejected):
            told.append((program, rejected, len(model.questions)))

    model = Scripted("print(video_editor('clip.volum = 1'))", "final_answer('CANNOT: no')")

    with pytest.raises(NotUnderstood):
        await run(model, page=PaperPage(lambda _: type_error()), observer=Keeper())

    [(program, rejected, questions)] = told
    assert (program, rejected.diagnostics[0].code, questions) == ("clip.volum = 1", 2551, 1)


async def test_a_reply_that_cannot_be_recorded_ends_the_edit_as_what_it_is(tmp_path):
    """The error names the disk, not the model."""
    with pytest.raises(StoreFailed, match="replies") as raised:
        await run(RecordedModel(OfflineModel(), tmp_path / "gone" / "replies.jsonl"))

    assert "disk" in raised.value.hint
