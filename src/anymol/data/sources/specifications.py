from dataclasses import dataclass
@dataclass(frozen=True)
class SpecificationsSource:
    config: object
    licences: object
