"""Sizing: facts with their sources, bounds, memory, the simulated day, calibration, advice. No model, no house."""

import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demeure.sizing import (
    Machine,
    Request,
    Served,
    Shape,
    Targets,
    Wanted,
    advise,
    advised,
    arrivals,
    as_toml,
    calibrated,
    changed,
    compared,
    machine,
    machines,
    open_model,
    open_models,
    planned,
    predicted,
    prefill,
    profile,
    proposed,
    read_bench,
    read_profile,
    shape,
    shape_of_file,
    shipped,
    simulate,
    step,
    this_machine,
    told,
)
from demeure.sizing import day as days
from demeure.sizing.errors import (
    BenchUnreadable,
    DayTooBusy,
    MachineUnknown,
    NotSizable,
    OpenModelUnknown,
    ProfileChangeWrong,
    ProfileEntryMissing,
    ProfileEntryWrong,
    ProfileUnknown,
    ProfileUnreadable,
)
from demeure.sizing.physics import cells, growing, memory
from demeure.sizing.plan import fitting, hopeless

SMALL = Shape("small", 100_000_000, 100e6, 130e6, 110e6, 30, 30 * 576, 23_040, 0.0, 130e6)
LARGE = Shape("large", 1_000_000_000, 960e6, 1540e6, 1310e6, 28, 28 * 1536, 28_672, 0.0, 1540e6)
HERE = Machine("here", "cpu", "ici", "here", 24 << 30, 20e9, 100e9, 0.8, 1.2, 20e-6, batch_cost=0.9)


def test_the_catalogue_is_wide_enough_and_says_where_each_fact_is_from() -> None:
    models = open_models()
    by_task = {task: [one for one in models if one.task == task] for task in ("chat", "embed", "rerank", "speech")}
    assert len(by_task["chat"]) >= 20 and all(len(rows) >= 4 for rows in by_task.values())
    assert len({one.id for one in models}) == len(models)
    for one in models:
        assert one.good_fr and one.good_en and one.get("publisher") and one.get("country") and one.get("licence")
        for name, fact in one.facts.items():
            assert fact.source and fact.value is not None, (one.id, name)
            assert fact.read_again == (fact.source != "memory")


def test_no_source_names_an_index_of_ours() -> None:
    told_sources = json.dumps([one.as_json() for one in open_models()] + [one.as_json() for one in machines()])
    assert "file-index" not in told_sources and "index id" not in told_sources


@pytest.mark.model
@pytest.mark.parametrize("name", ["starter-chat", "embeddings"])
def test_the_catalogue_says_what_the_header_of_the_file_says(name: str) -> None:
    from demeure.engine.models.gguf_header import read_facts

    folder = os.environ.get("DEMEURE_TEST_MODELS") or Path(__file__).parents[2] / "cache" / "test" / "models"
    file = Path(folder) / f"{name}.gguf"
    if not file.exists():
        pytest.skip(f"no {file}: make test fetches it, or set DEMEURE_TEST_MODELS")
    facts, told_model = read_facts(file), open_model(name)
    pairs = {
        "layers": facts.layers,
        "heads": facts.heads,
        "kv_heads": facts.kv_heads,
        "parameters": facts.parameters,
    }
    pairs |= {"hidden": facts.embedding, "vocabulary": facts.vocabulary, "context": facts.context}
    for entry, value in pairs.items():
        assert told_model.get(entry) == value, entry
    if facts.causal:
        assert told_model.get("kv_elements") == facts.kv_elements and told_model.get("untied") is facts.untied
        from_file = shape_of_file(name, facts.as_json(), file.stat().st_size)
        assert shape(told_model).read == pytest.approx(from_file.read, rel=0.01)
        assert shape(told_model).kv == from_file.kv


def test_two_cards_hold_more_and_are_as_fast_as_one() -> None:
    one, two, model = machine("l40s"), machine("2x-l40s"), shape(open_model("mistral-small-4-119b-2603"))
    assert two.memory == 2 * one.memory and two.load_watts == 2 * (one.load_watts or 0)
    small = shape(open_model("ministral-3-8b-instruct-2512"))
    assert predicted(small, two, "decode", 64, 1) == predicted(small, one, "decode", 64, 1)
    assert not fitting(profile("pme"), one, model, 1) and fitting(profile("pme"), two, model, 1)
    assert two.facts["memory_gb"].source.startswith("2 × ") and not two.published


def test_what_is_unknown_is_refused_by_name_and_never_guessed() -> None:
    with pytest.raises(NotSizable) as refused:
        shape(open_model("eurollm-22b-instruct-2512"))
    assert "contexte" in refused.value.sentence("fr") and "context" in refused.value.sentence("en")
    with pytest.raises(OpenModelUnknown):
        open_model("nothing")
    with pytest.raises(MachineUnknown):
        machine("nothing")
    with pytest.raises(NotSizable):
        prefill(LARGE, replace(HERE, rate=None), 100)
    with pytest.raises(NotSizable):
        planned(profile("mairie"), this_machine(24 << 30, 2), LARGE)


def test_published_kv_figures_are_found_again() -> None:
    """docs/sizing.md, section KV cache: bytes a token of context."""
    assert shape(open_model("qwen3-4b-instruct-2507")).kv == 147_456
    assert shape(open_model("gpt-oss-120b")).kv == 36_864
    assert shape(open_model("qwen3.6-35b-a3b")).kv == 20_480


def test_published_speeds_are_within_the_planning_factors() -> None:
    """Machines whose decoding somebody published: the planning factor stays within a third."""
    cases = [("rtx-5070-12", "llama-3.1-8b-instruct", 105.3), ("mac-mini-m4", "llama-3.1-8b-instruct", 20.87)]
    for place, model, rate in [*cases, ("mac-mini-m4-pro", "llama-3.1-8b-instruct", 47.3)]:
        assert predicted(shape(open_model(model)), machine(place), "decode", 64, 1) == pytest.approx(rate, rel=0.34)


def test_what_attention_works_in_is_in_the_memory_of_a_machine_without_a_card() -> None:
    made = shape(open_model("llama-3.1-8b-instruct"))
    parts = memory(made, 2, 32_768)
    assert parts["engine"] - memory(made, 2, 32_768, card=True)["engine"] == 33 * 32_768 * 128 * 4
    assert parts["engine"] > memory(replace(made, heads=0), 2, 32_768)["engine"]


def test_a_token_costs_more_behind_a_longer_context_and_beside_others() -> None:
    seconds = [step(LARGE, HERE, 1, context) for context in (0, 1000, 8000)]
    block = 256 * LARGE.kv / 16e9  # no fewer cells are looked at
    assert seconds == sorted(seconds) and seconds[0] == pytest.approx(960e6 / 16e9 + 28 * 20e-6 + block)
    eight = step(LARGE, HERE, 8, 100)
    assert step(LARGE, HERE, 1, 100) < eight < 8 * step(LARGE, HERE, 1, 100)
    assert prefill(LARGE, HERE, 2000) > 4 * prefill(LARGE, HERE, 500)
    assert prefill(LARGE, HERE, 500, behind=4000) > prefill(LARGE, HERE, 500)


def test_each_answer_goes_through_what_all_of_them_keep() -> None:
    """One cache for all: four answers of 500 tokens look at 2,048 cells each, and so does a prompt beside them."""
    assert [cells(one) for one in (0, 1, 256, 257, 2000)] == [256, 256, 256, 512, 2048]
    pair = 4 * LARGE.attended / (100e9 * 1.2)
    assert step(LARGE, HERE, 4, 500) - growing(LARGE, HERE, 4) == pytest.approx(4 * 2048 * pair)
    beside = prefill(LARGE, HERE, 300, 0, 2000) - prefill(LARGE, HERE, 300)
    assert beside == pytest.approx((128 * 2048 * 2 + 44 * 2048) * pair, rel=0.02)
    others = [Request(0.0, 2000, 0, 300) for _ in range(3)]
    *_, last = simulate([*others, Request(180.0, 300, 0, 2)], LARGE, HERE, 4)
    assert last.queue == 0 and last.wait > prefill(LARGE, HERE, 300, 0, 6000) > 1.3 * prefill(LARGE, HERE, 300)


def test_a_mixture_reads_more_experts_as_more_answers_choose() -> None:
    mixture = shape(open_model("qwen3-30b-a3b-instruct-2507"))
    gpu = machine("rtx-4090")
    assert mixture.mixture and step(mixture, gpu, 8, 0) > 2 * step(mixture, gpu, 1, 0)
    assert step(mixture, gpu, 1, 0) < step(shape(open_model("ministral-3-14b-instruct-2512")), gpu, 1, 0)


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_every_request_of_a_day_is_served_once_and_no_more_than_slots_at_a_time(slots: int) -> None:
    asked = arrivals(replace(profile("mairie"), people=15), seed=7)
    served = simulate(asked, SMALL, HERE, slots)
    assert tuple(one.request for one in served) == asked
    for one in served:
        assert one.request.at <= one.begun <= one.first and one.begun < one.done
    events = sorted([(one.begun, 1) for one in served] + [(one.done, -1) for one in served])
    assert max(itertools.accumulate(change for _, change in events)) <= slots


def test_alone_a_request_takes_what_the_bounds_say() -> None:
    (one,) = simulate([Request(10.0, 500, 100, 50)], LARGE, HERE, 4)
    assert one.queue == 0
    assert one.wait == pytest.approx(prefill(LARGE, HERE, 400, 100), rel=0.02)
    assert one.speed == pytest.approx(1 / step(LARGE, HERE, 1, 500), rel=0.05)


def test_people_wait_more_as_they_are_more_and_background_work_does_not_take_their_place() -> None:
    waits = []
    for people in (20, 80, 320):
        found = told(simulate(arrivals(replace(profile("mairie"), people=people)), LARGE, HERE, 4))
        assert found is not None
        waits.append(found.peak_first_p95)
    assert waits == sorted(waits) and waits[2] > 2 * waits[0]
    heavy = [Request(0.0, 4000, 0, 400, background=True) for _ in range(6)]
    with_people = simulate([*heavy, Request(60.0, 200, 0, 20)], LARGE, HERE, 2)
    assert with_people[-1].queue == 0


def test_the_same_seed_gives_the_same_day() -> None:
    usage = profile("pme")
    assert arrivals(usage, 3) == arrivals(usage, 3) != arrivals(usage, 4)
    assert len(arrivals(usage, 3)) == pytest.approx(usage.requests, rel=0.2)


def test_calibration_finds_the_machine_that_made_the_measures() -> None:
    """Measures made by the model itself, with other shares: what is fitted predicts all the others."""
    truth = replace(HERE, decode=0.71, prefill=1.4, per_layer=35e-6, batch_cost=0.6, context=0.3, pairs=0.4)

    def measures(one: Shape) -> list[dict[str, Any]]:
        cases = [("prefill", n, 1) for n in (128, 512, 2048)] + [("decode", 8, n) for n in (2, 4, 8)]
        cases += [("decode", 128, 1), ("decode", 512, 1), ("decode", 2048, 1)]
        return [{"what": w, "tokens": t, "streams": s, "rate": predicted(one, truth, w, t, s)} for w, t, s in cases]

    found = [(LARGE, measures(LARGE)), (SMALL, measures(SMALL))]
    fitted = calibrated(replace(HERE, decode=0.0, prefill=0.0, per_layer=0.0, batch_cost=None), found)
    rows = compared(fitted, found)
    assert len(rows) == 18 and sum(one.fitted for one in rows) == 8
    assert max(abs(one.error) for one in rows) < 0.03
    assert fitted.context == pytest.approx(0.3, rel=0.1) and fitted.pairs == pytest.approx(0.4, rel=0.1)
    assert fitted.per_layer == pytest.approx(35e-6, rel=0.1) and fitted.decode == pytest.approx(0.71, rel=0.05)


def test_each_type_of_weights_has_its_own_shares() -> None:
    """The small model's type is read by code that reaches a third: the large one's measures say nothing of it."""
    slow = {"prefill": 0.35, "batch_cost": 0.3, "batch": ((2, 5.0), (4, 8.5), (8, 30.0))}
    truth = replace(HERE, decode=0.7, prefill=1.0, per_layer=40e-6, batch_cost=0.6, context=0.3, pairs=0.5)
    truth = replace(truth, kernels={"Q4_1": slow})
    other = replace(SMALL, kind="Q4_1")
    cases = [("prefill", n, 1) for n in (128, 512, 2048)] + [("decode", 8, n) for n in (2, 4, 8)]
    cases += [("decode", n, 1) for n in (128, 512, 2048)]
    found: list[tuple[Shape, list[dict[str, Any]]]] = [
        (one, [{"what": w, "tokens": t, "streams": s, "rate": predicted(one, truth, w, t, s)} for w, t, s in cases])
        for one in (replace(LARGE, kind="Q4_K"), other)
    ]
    fitted = calibrated(replace(HERE, decode=0.0, prefill=0.0, per_layer=0.0, batch_cost=None), found)
    assert set(fitted.kernels) == {"Q4_K", "Q4_1"} and fitted.of("?") is fitted
    assert fitted.kernels["Q4_1"]["prefill"] == pytest.approx(0.35, rel=0.1)
    for (size, cost), (least, known) in zip(fitted.kernels["Q4_1"]["batch"], slow["batch"], strict=True):
        assert size == least and cost == pytest.approx(known, rel=0.1)
    assert max(abs(one.error) for one in compared(fitted, found)) < 0.03
    record = {"machine": {"memory_read": 1e10, "matrix_rate": 1e11}}
    speeds = ("decode", "prefill", "per_layer", "batch_cost", "batch", "context", "pairs", "kernels")
    told_again = json.loads(json.dumps({**record, "calibration": {one: getattr(fitted, one) for one in speeds}}))
    assert this_machine(24 << 30, 2, told_again).kernels == fitted.kernels


def test_one_model_alone_still_calibrates_and_none_leaves_the_machine_as_it_is() -> None:
    rate = predicted(LARGE, HERE, "decode", 128, 1)
    alone = calibrated(
        replace(HERE, decode=0.0), [(LARGE, [{"what": "decode", "tokens": 128, "streams": 1, "rate": rate}])]
    )
    assert predicted(LARGE, alone, "decode", 128, 1) == pytest.approx(rate, rel=0.05)
    assert calibrated(HERE, []) == HERE


def test_a_plan_adds_up_and_says_what_does_not_fit() -> None:
    plan = planned(profile("mairie"), machine("rtx-4060-ti-16"), shape(open_model("ministral-3-8b-instruct-2512")))
    assert plan.verdict == "fits" and plan.needed == sum(plan.parts.values()) <= plan.available
    assert plan.parts["weights"] == 5_198_911_904 and plan.people is not None and plan.hours
    json.dumps(plan.as_json())
    heavy = shape(open_model("llama-3.1-8b-instruct"), "f16")
    too_large = planned(profile("mairie"), machine("rtx-4060-ti-16"), heavy, slots=1)
    assert too_large.verdict == "too-large" and too_large.people is None
    slow = planned(profile("mairie"), machine("xeon-tower"), shape(open_model("qwen3.5-4b")), Targets(0.1, 100))
    assert slow.verdict == "short"
    with pytest.raises(DayTooBusy):
        planned(replace(profile("pme"), people=20_000), machine("rtx-4090"), heavy)


def test_whole_days_are_not_simulated_where_the_busiest_hour_is_hopeless(monkeypatch: pytest.MonkeyPatch) -> None:
    usage, done = replace(profile("mairie"), people=120), []
    whole = advise.planned

    def counted(*given: Any, **options: Any) -> Any:
        done.append(whole(*given, **options))
        return done[-1]

    monkeypatch.setattr(advise, "planned", counted)
    found = proposed(usage, Wanted(), most=1)
    few = len(done)
    assert [one for one in done if one.verdict in ("fits", "tight")] == found
    done.clear()
    monkeypatch.setattr(advise, "hopeless", lambda *given: False)
    assert proposed(usage, Wanted(), most=1) == found != []
    assert len(done) > few


def test_an_hour_that_only_the_background_fills_is_no_reason_to_give_up() -> None:
    usage = profile("mairie")
    usage = replace(usage, people=2, uses=tuple(replace(use, priority="background") for use in usage.uses))
    slow = replace(machine("ryzen-8845hs"), bandwidth=1e9, rate=1e9)
    assert not hopeless(usage, slow, shape(open_model("qwen3.5-4b")))
    assert hopeless(profile("mairie"), slow, shape(open_model("qwen3.5-4b")))


def test_what_is_proposed_serves_on_the_terms_asked() -> None:
    plans = proposed(profile("mairie"), Wanted(europe=True, french=True), Targets(5, 8), most=2)
    assert len(plans) == 2
    for one in plans:
        assert one.verdict in ("fits", "tight") and open_model(one.shape.id).european
        assert one.people is not None and one.people.peak_first_p95 <= 5 and one.people.speed_p10 >= 8
    assert proposed(profile("mairie"), Wanted(), Targets(0.001, 500)) == []


def test_advice_gives_its_reasons() -> None:
    found = {one.model.id: one for one in advised(16 << 30, Wanted(europe=True))}
    assert found["ministral-3-8b-instruct-2512"].kept
    reasons = {code for code, _, _ in found["llama-3.1-8b-instruct"].reasons}
    assert {"licence", "not-european"} <= reasons and not found["llama-3.1-8b-instruct"].kept
    assert "too-large" in {code for code, _, _ in found["apertus-70b-instruct-2509"].reasons}
    assert not found["eurollm-22b-instruct-2512"].kept
    assert "at-least" in {code for code, _, _ in found["qwen3.5-9b"].reasons}, "its recurrent state is unknown"
    assert "at-least" not in {code for code, _, _ in found["granite-4.0-h-tiny"].reasons}
    assert all(one.kept for one in list(found.values())[:3]), "those that suit come first"
    only = advised(64 << 30, Wanted(licences=frozenset({"MIT"})))
    assert {one.model.get("licence") for one in only if one.kept} <= {"MIT"}
    assert {one.model.task for one in advised(16 << 30, Wanted(task="speech"))} == {"speech"}


def test_a_profile_is_read_written_and_changed() -> None:
    for one in shipped():
        assert read_profile(as_toml(one), "mine.toml") == one
    grown = profile("mairie").after(3)
    assert grown.people == round(25 * 1.2**3)
    made = changed(profile("mairie"), {"people": 40, "questions.each": 12})
    assert made.people == 40 and made.uses[0].each == 12
    assert changed(profile("mairie"), {"questions.prompt": 100}).uses[0].kept == 100


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("people = ", ProfileUnreadable, 1),
        ('id = "x"\nname = "x"\nhours = [1]\n', ProfileEntryWrong, 3),
        (as_toml(profile("mairie")).replace("people = 25\n", ""), ProfileEntryMissing, None),
        (as_toml(profile("mairie")).replace("share = 60", "share = 600", 1), ProfileEntryWrong, None),
        (as_toml(profile("mairie")).replace("kept = 250", "kept = 99999", 1), ProfileEntryWrong, None),
    ],
)
def test_a_wrong_profile_is_told_with_its_line(text: str, error: type[Exception], line: int | None) -> None:
    with pytest.raises(error) as refused:
        read_profile(text, "mine.toml")
    where = refused.value.params["line"]  # type: ignore[attr-defined]
    assert where == line or line is None
    assert "mine.toml" in refused.value.sentence("fr")  # type: ignore[attr-defined]


def test_wrong_figures_are_refused_by_name() -> None:
    for given in ({"people": 0}, {"nothing": 3}, {"questions.share": 101}, {"nobody.each": 1}, {"growth": 10**9}):
        with pytest.raises(ProfileChangeWrong):
            changed(profile("mairie"), given)
    with pytest.raises(ProfileUnknown):
        profile("nothing")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"machine": 1, "calibration": {}}', '{"machine": {"memory_read": "x"}, "calibration": {}}'],
)
def test_a_foreign_record_of_measures_is_refused(text: str) -> None:
    with pytest.raises(BenchUnreadable):
        this_machine(24 << 30, 2, read_bench(text, "machine.json"))


def test_with_one_place_waits_are_those_of_a_queue_computed_by_hand() -> None:
    """Lindley's recursion: each begins when it came or when the one before ended, and nothing slows it down."""
    asked = [Request(float(at), 270 + 2 * at, 50, 20 + at % 7) for at in range(0, 60, 2)]
    free = 0.0
    for one in simulate(asked, LARGE, HERE, 1):
        begun = max(one.request.at, free)
        first = begun + prefill(LARGE, HERE, one.request.prompt - 50, 50)
        free = first + (one.request.answer - 1) * step(LARGE, HERE, 1, one.request.prompt)
        assert (one.begun, one.first, one.done) == pytest.approx((begun, first, free), abs=1e-6)


def in_few_steps(
    monkeypatch: pytest.MonkeyPatch, asked: Sequence[Request], one: Shape, on: Machine
) -> list[Served]:
    """The day; refused when it takes more steps than things end: each request comes, is read, is written, and
    blocks of the cache fill."""
    left, until = 5 * len(asked) + sum(one.answer for one in asked) // 256 + 10, days._Engine.until

    def counted(engine: days._Engine) -> float:
        nonlocal left
        left -= 1
        assert left >= 0, f"{one.id} on {on.id}: steps that end nothing"
        return until(engine)

    with monkeypatch.context() as patched:
        patched.setattr(days._Engine, "until", counted)
        return simulate(asked, one, on, 4)


def test_the_day_ends_on_every_machine_however_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Late in the day a token of a fast machine is shorter than what a clock of 64 bits tells of the time."""
    asked = arrivals(profile("mairie"))
    sizable = [one for one in machines() if one.bandwidth and one.rate]
    assert {"rtx-5090", "h100-sxm", "l40s", "mac-studio-m4-max"} <= {one.id for one in sizable}
    for on in sizable:
        best = [one.model.id for one in advised(on.memory, Wanted()) if one.kept][:3]
        for name in dict.fromkeys([*best, "smollm3-3b"]):
            served = in_few_steps(monkeypatch, asked, shape(open_model(name)), on)
            assert all(one.request.at - 1e-9 <= one.begun < one.first < one.done for one in served), (on.id, name)
    beyond = replace(HERE, id="beyond", bandwidth=1e17, rate=1e19, per_layer=0.0)
    assert all(one.done >= one.first for one in in_few_steps(monkeypatch, asked, SMALL, beyond))
