"""Which columns of the warehouse a snapshot holds, and which of them tell how large a row is."""

# A row's bytes in a file besides its own text: keys, quotes, time.
FRAME_BYTES = 150

# `identity` and `file_no` come on top of these.
EVENT_COLUMNS = (
    "event_id", "ts", "object_id", "all_identities", "platform", "phone", "name", "email",
    "push_token", "device", "control_group", "session_props", "event_props",
)  # fmt: skip
PROFILE_COLUMNS = (
    "object_id", "updated_at", "email", "phone", "name", "all_identities", "device",
    "comm_prefs", "subscription_groups", "props", "deleted",
)  # fmt: skip
MEASURED_EVENT = (
    "event_props", "session_props", "device", "identity", "object_id", "email", "phone", "name",
    "push_token",
)  # fmt: skip
MEASURED_PROFILE = (
    "props", "device", "comm_prefs", "subscription_groups", "identity", "object_id", "email",
)  # fmt: skip
