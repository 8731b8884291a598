"""Mappings and schedules of imports in a few words, for plans and lists."""

from enum import StrEnum

from shared.domain.import_mapping import Mapping
from shared.domain.import_schedules import Schedule, When

_LAST_DAY = -1


class Weekday(StrEnum):
    """Days of the week in the order of their numbers, from 0."""

    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"


WEEKDAYS = tuple(Weekday)


def fields_of(mapping: Mapping) -> dict[str, str]:
    """What is filled, and from which column; two mappings that do the same give the same."""
    named = {
        "identity": mapping.identity,
        "updated_on": mapping.updated_on,
        "created_on": mapping.created_on,
        "event_name_column": mapping.event_name_column,
    }
    found = {name: column for name, column in named.items() if column is not None}
    if mapping.event_name is not None:
        # In quotes, since it is no column.
        found["event_name"] = f'"{mapping.event_name}"'
    found |= dict(mapping.extra)
    return found | {
        f"property {each.name}": f"{each.column} as {each.type}" for each in mapping.properties
    }


def when_words(schedule: Schedule) -> str:
    """When it runs, such as `every 15 minutes`."""
    times = ", ".join(each.isoformat("minutes") for each in schedule.times)
    match schedule.when:
        case When.MANUAL:
            return "by hand"
        case When.AT:
            return f"at {schedule.start_at:%Y-%m-%d %H:%M}Z"
        case When.WEEKLY:
            return f"on {', '.join(WEEKDAYS[day] for day in schedule.days)} at {times}"
        case When.MONTHLY:
            days = ", ".join("the last" if day == _LAST_DAY else str(day) for day in schedule.days)
            return f"on {days} of the month at {times}"
        case _:
            unit = str(schedule.when)
            often = unit[:-1] if schedule.every == 1 else f"{schedule.every} {unit}"
            return f"every {often} from {schedule.start_at:%Y-%m-%d %H:%M}Z"
