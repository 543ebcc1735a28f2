"""What ops should look at: gathered from every part, a sentence each."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hub_server.intake import Intake
from hub_server.model.seat import ModelSeat
from hub_server.ops.fleet import Fleet
from hub_server.ops.tag_lists import TagLists
from hub_server.records.stays_log import StaysLog
from hub_server.views.hub import Badge, Health

# Below this the database may fail in the middle of a day.
DISK_FREE_MIN_BYTES: Final = 200 * 1024 * 1024


class Alarms:
    """The state of one hub."""

    def __init__(
        self, models: ModelSeat, fleet: Fleet, log: StaysLog, intake: Intake, lists: TagLists
    ) -> None:
        self._models = models
        self._fleet = fleet
        self._log = log
        self._intake = intake
        self._lists = lists
        self._faults: dict[str, str] = {}
        self.of_rooms: Callable[[float], list[str]] = lambda _now_s: []

    def raised(self, part: str, fault: str) -> None:
        """Something of `part` is wrong from now on."""
        self._faults[part] = fault

    def mended(self, part: str) -> None:
        """Nothing of `part` is wrong any more."""
        self._faults.pop(part, None)

    def look_at_disk(self, folder: Path) -> None:
        """Raise or mend the alarm about room on the disk."""
        free = shutil.disk_usage(folder).free
        self.mended("disk")
        if free < DISK_FREE_MIN_BYTES:
            self.raised("disk", f"disk: {free // 2**20} MB free; ops makes room")

    def sentences(self, now_s: float) -> list[str]:
        """Every alarm that is on."""
        found = [*self._faults.values(), *self._fleet.alarms(now_s)]
        if self._models.alarm is not None:
            found.append(self._models.alarm)
        if self._log.lost_count:
            found.append(f"{self._log.lost_count} stays were lost; ops sees the table lost")
        count = self._intake.quarantined_count
        if count:
            found.append(f"{count} messages were set aside; ops sees the table quarantine")
        if not self._lists.connected:
            reason = self._lists.link.refused if self._lists.link else None
            found.append(reason or "the broker does not answer; ops looks at it")
        return found + self.of_rooms(now_s)

    def badge(self, *, tags_out: bool, now_s: float) -> tuple[Badge, float]:
        """(live, late or offline; how late)."""
        connected = self._lists.connected
        return self._fleet.badge(connected=connected, tags_out=tags_out, now_s=now_s)

    def is_radio_away(self, now_s: float) -> bool:
        """Whether nobody's place can come, whatever their phone does."""
        return not self._lists.connected or not self._fleet.is_heard(now_s)

    def health(self, *, tags_out: bool, now_s: float) -> Health:
        """How the hub is."""
        views = self._fleet.views(now_s)
        sound = "database" not in self._faults
        return Health(
            ok=sound,
            ready=sound and self._lists.connected,
            badge=self.badge(tags_out=tags_out, now_s=now_s)[0],
            agents_up_count=sum(view.up for view in views),
            agents_count=len(views),
            alarms=self.sentences(now_s),
        )
