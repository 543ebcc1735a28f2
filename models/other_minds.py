"""What the other shoppers want next: drives that compete, no script and no list of stops.

Part of the second simulator (`models.other_shoppers`): for judging only, never for training.
Whenever a shopper has come somewhere or has stood long enough, each drive states how strong it is
now and one of them is drawn. Numbers are this author's guesses about people, not fitted to data.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from models.other_ground import BODY_M, Floats, Ground

# What happens at the goal.
LOOK, PHONE, WAIT, ASK, QUEUE, LEAVE, PASS = (
    "look",
    "phone",
    "wait",
    "ask",
    "queue",
    "leave",
    "pass",
)

# Nobody goes on shopping after this.
LATEST_S: Final = 1250.0
# How softly the time that a shopper has runs out.
HURRY_S: Final = 25.0
# And how long nobody thinks of leaving.
SETTLED_S: Final = 150.0
# Stops are heavy-tailed: log-normal with this spread, between a glance and four minutes.
DWELL_SPREAD: Final = 0.95
DWELL_S: Final = (2.0, 240.0)
# Median stop by reason, seconds.
MEDIAN_S: Final = {LOOK: 13.0, PHONE: 24.0, WAIT: 30.0, ASK: 35.0, PASS: 0.0}
# Pace by reason, share of the person's own.
PACE: Final = {LOOK: 0.85, PHONE: 0.55, WAIT: 0.8, ASK: 0.95, QUEUE: 1.0, LEAVE: 1.08, PASS: 0.8}
# Whoever is drawn by a shelf goes to near ones rather than to far ones.
NEAR_M: Final = 6.0
# Seen a moment ago is not new.
FRESH_S: Final = 200.0
# How many wrong places one tries who does not know the shop.
TRIES_MEAN: Final = 1.6

# Shares, all guesses: have the app; a scan among what they do with it; open it with the phone out;
# pass a wrong place without stopping; go for the nearest thing needed; stop where they stroll to;
# step aside to stand about.
HAS_APP: Final = 0.45
SCANS: Final = 0.6
OPENS_APP: Final = 0.3
PASSES: Final = 0.5
NEAREST_FIRST: Final = 0.7
STOPS: Final = 0.7
STEPS_ASIDE: Final = 0.65


class Persona(NamedTuple):
    """How one person is; drawn once."""

    pace_mps: float
    inertia_s: float
    meander_rad: float
    curiosity: float
    wavering: float
    phone: float
    lostness: float
    taking: float
    patience: float
    time_s: float
    needs: int
    knows: float
    lingers: float
    app: bool
    jitter_m: float
    """Noise of the camera that followed them, one sigma."""


def persona(rng: np.random.Generator) -> Persona:
    """Somebody."""
    curiosity = rng.beta(0.9, 1.1)
    return Persona(
        pace_mps=float(np.clip(rng.normal(1.0, 0.2), 0.55, 1.4)),
        inertia_s=rng.uniform(0.45, 1.0),
        meander_rad=rng.uniform(0.05, 0.5),
        curiosity=curiosity,
        wavering=rng.beta(1, 3),
        phone=rng.beta(0.7, 4),
        lostness=rng.beta(0.7, 4),
        taking=rng.beta(1.5, 2),
        patience=rng.gamma(3, 1),
        time_s=float(np.clip(rng.lognormal(np.log(560), 0.6), 110, 1150)),
        needs=int(rng.poisson(4.5 * (1 - curiosity) + 0.4)),
        knows=rng.beta(2, 1.5),
        lingers=rng.lognormal(0, 0.4),
        app=bool(rng.random() < HAS_APP),
        jitter_m=rng.gamma(2, 0.035),
    )


class Aim(NamedTuple):
    """Where to go, how, and what for."""

    place: int
    point: Floats
    pace_mps: float
    purpose: str
    dwell_s: float


class Scene(NamedTuple):
    """What a shopper knows when deciding."""

    now_s: float
    xy: Floats
    ground: Ground
    popularity: Floats
    """One for each place of the ground."""
    line: int
    """People in the queue."""
    rng: np.random.Generator


class Mind:
    """One shopper's memory and drives."""

    def __init__(
        self, who: Persona, ground: Ground, born_s: float, rng: np.random.Generator
    ) -> None:
        self.who = who
        self.born_s = born_s
        self.basket = 0
        self.bought = False
        self.seen: dict[int, float] = {}
        self.astray: list[int] = []
        self.helped = False
        self.paid = False
        self.gave_up = False
        self.events: list[dict[str, Any]] = []
        wanted = rng.permutation(ground.spots)[: who.needs]
        self.needs = [int(one) for one in wanted]
        self.detours = int(rng.poisson(TRIES_MEAN * (1 - who.knows)))

    def tired(self, now_s: float) -> float:
        """From 0, all the time in the world, to 1."""
        over = (now_s - self.born_s - self.who.time_s) / HURRY_S
        return float(1 / (1 + np.exp(-np.clip(over, -30, 30))))

    def settled(self, now_s: float) -> float:
        """From 0, just come in, to 1: nobody turns on the threshold."""
        return float(1 - np.exp(-(((now_s - self.born_s) / SETTLED_S) ** 2)))

    def interest(self, now_s: float) -> float:
        """How much any shelf draws; whoever has just come in looks around at least."""
        least = 1 - self.settled(now_s)
        return float(max(1.6 * self.who.curiosity, least) * (1 - self.tired(now_s)))

    def tell(self, now_s: float, kind: str) -> None:
        """Something that a till, a door or the app records."""
        self.events.append({"t_s": now_s, "kind": kind})

    def next(self, scene: Scene) -> Aim:
        """What to do now."""
        if self.paid or self.gave_up:
            return aim(self, scene, 1, LEAVE)
        if self.astray:
            return aim(self, scene, self.astray.pop(), PASS)
        if scene.now_s - self.born_s > LATEST_S:
            return _finish(self, scene)
        strength = np.array([weight(self, scene) for weight, _ in DRIVES])
        chosen = scene.rng.choice(len(DRIVES), p=strength / strength.sum())
        return DRIVES[chosen][1](self, scene)

    def looked(self, scene: Scene, place: int, dwell_s: float) -> None:
        """A stop at a shelf is over: it may end in the basket."""
        self.seen[place] = scene.now_s
        rng = scene.rng
        if place in self.needs:
            self.needs.remove(place)
            taken = rng.random() < 0.4 + 0.4 * self.who.taking
        else:
            taken = rng.random() < 0.3 * self.who.taking * min(dwell_s / 30, 1)
        self.basket += int(taken)
        if self.who.app and rng.random() < (0.3 if taken else 0.12):
            self.tell(scene.now_s, "scan" if rng.random() < SCANS else "app_open")

    def tempted(self, scene: Scene, place: int) -> bool:
        """Whether something on the shelf passed by makes them stop, asked once a second."""
        if scene.now_s - self.seen.get(place, -FRESH_S) < FRESH_S:
            return False
        wish = 0.09 * self.who.curiosity * scene.popularity[place] * (1 - self.tired(scene.now_s))
        return bool(scene.rng.random() < wish + 0.004)


def dwell_s(mind: Mind, purpose: str, rng: np.random.Generator) -> float:
    """How long the stop will be: heavy-tailed, longer for those who linger."""
    median = MEDIAN_S.get(purpose, 0.0) * mind.who.lingers
    if median == 0:
        return 0.0
    return float(np.clip(median * rng.lognormal(0, DWELL_SPREAD), *DWELL_S))


def aim(mind: Mind, scene: Scene, place: int, purpose: str) -> Aim:
    """An aim at one of the ground's places; nobody stands exactly on it."""
    point = scene.ground.doors[1] if purpose == LEAVE else scene.ground.places[place]
    if purpose in (LOOK, PASS, PHONE, WAIT):
        beside = point + scene.rng.normal(0, 0.25, 2)
        ground = scene.ground
        point = beside if ground.at(ground.clearance, beside[None])[0] > 1.5 * BODY_M else point
    pace = mind.who.pace_mps * PACE[purpose] * scene.rng.uniform(0.88, 1.1)
    return Aim(
        place, point, float(np.clip(pace, 0.35, 1.45)), purpose, dwell_s(mind, purpose, scene.rng)
    )


def _nearness(scene: Scene, places: list[int]) -> Floats:
    far = np.hypot(*(scene.ground.places[places] - scene.xy).T)
    return np.asarray(np.exp(-far / NEAR_M))


def _drawn(scene: Scene, places: list[int], weights: Floats) -> int:
    total = weights + 1e-9
    return int(scene.rng.choice(places, p=total / total.sum()))


def _search(mind: Mind, scene: Scene) -> Aim:
    """To the thing needed; who does not know the shop looks in wrong places first."""
    need = mind.needs[0]
    if mind.detours > 0:
        mind.detours -= 1
        near_it = np.hypot(*(scene.ground.places - scene.ground.places[need]).T)[scene.ground.spots]
        wrong = _drawn(scene, scene.ground.spots, np.exp(-near_it / (2 * NEAR_M)))
        return aim(mind, scene, wrong, PASS if scene.rng.random() < PASSES else LOOK)
    mind.detours = int(scene.rng.poisson(TRIES_MEAN * (1 - mind.who.knows) / 2))
    # The nearest of what is still needed, most of the time.
    far = np.hypot(*(scene.ground.places[mind.needs] - scene.xy).T)
    need = mind.needs[int(np.argmin(far))] if scene.rng.random() < NEAREST_FIRST else need
    return aim(mind, scene, need, LOOK)


def _browse(mind: Mind, scene: Scene) -> Aim:
    """To whatever shelf draws: near, popular, not just seen; strolling."""
    spots = scene.ground.spots
    new = np.array([scene.now_s - mind.seen.get(one, -FRESH_S) >= FRESH_S for one in spots])
    place = _drawn(scene, spots, _nearness(scene, spots) * scene.popularity[spots] * (new + 0.05))
    purpose = LOOK if scene.rng.random() < STOPS else PASS
    found = aim(mind, scene, place, purpose)
    return found._replace(pace_mps=found.pace_mps * scene.rng.uniform(0.55, 1.0))


def _back(mind: Mind, scene: Scene) -> Aim:
    """Back to a shelf looked at before: the last ones come to mind first."""
    recent = list(mind.seen)[-4:]
    return aim(mind, scene, int(scene.rng.choice(recent)), LOOK)


def _stop_about(purpose: str) -> Callable[[Mind, Scene], Aim]:
    def plan(mind: Mind, scene: Scene) -> Aim:
        """Step aside where there is room to, else stop in the way."""
        opens = scene.ground.opens
        if opens and scene.rng.random() < STEPS_ASIDE:
            return aim(mind, scene, _drawn(scene, opens, _nearness(scene, opens)), purpose)
        nearest = int(np.argmin(np.hypot(*(scene.ground.places - scene.xy).T)))
        return aim(mind, scene, nearest, purpose)._replace(point=scene.xy + 0.0)

    return plan


def _phone(mind: Mind, scene: Scene) -> Aim:
    if mind.who.app and scene.rng.random() < OPENS_APP:
        mind.tell(scene.now_s, "app_open")
    return _stop_about(PHONE)(mind, scene)


def _go_astray(mind: Mind, scene: Scene) -> Aim:
    """To and fro between two or three places, hardly stopping; in the end perhaps ask."""
    spots = scene.ground.spots + scene.ground.opens
    far = np.hypot(*(scene.ground.places[spots] - scene.xy).T)
    some = [_drawn(scene, spots, np.exp(-(((far - reach) / 3) ** 2))) for reach in (2.0, 7.0, 11.0)]
    rounds = int(scene.rng.integers(2, 4))
    mind.astray = [int(one) for _ in range(rounds) for one in scene.rng.permutation(some)]
    return mind.next(scene)


def _ask(mind: Mind, scene: Scene) -> Aim:
    if mind.who.app:
        mind.tell(scene.now_s, "help_tap")
    mind.helped = True
    mind.detours = 0
    return _stop_about(ASK)(mind, scene)


def _finish(mind: Mind, scene: Scene) -> Aim:
    """To the till with a full basket, to the door with an empty one; some think better of it."""
    put_back = scene.rng.random() < 0.05 + 0.03 * scene.line / mind.who.patience
    if mind.basket == 0 or put_back:
        mind.gave_up = True
        return aim(mind, scene, 1, LEAVE)
    return aim(mind, scene, scene.ground.tills[0], QUEUE)


Drive = tuple[Callable[[Mind, Scene], float], Callable[[Mind, Scene], Aim]]

DRIVES: Final[tuple[Drive, ...]] = (
    (lambda m, s: (2.5 if m.needs else 0.0) * (1 - 0.7 * m.tired(s.now_s)), _search),
    (lambda m, s: m.interest(s.now_s), _browse),
    (lambda m, s: (1.1 * m.who.wavering if m.seen else 0.0) * (1 - 0.6 * m.tired(s.now_s)), _back),
    (lambda m, _: 0.7 * m.who.phone, _phone),
    (lambda m, _: 0.1 * m.who.curiosity, _stop_about(WAIT)),
    (lambda m, s: 0.6 * m.who.lostness * (1 - m.tired(s.now_s)), _go_astray),
    (lambda m, _: 0.5 * m.who.lostness * (not m.helped), _ask),
    (lambda m, s: 4 * m.tired(s.now_s) + (0.0 if m.needs else 0.3 * m.settled(s.now_s)), _finish),
)
