"""One event and one profile that have everything, for golden files of every format."""

from tests.formats.encoding import AT

EVENTS_SCHEMA = {
    "Charged": {
        "Amount": "double",
        "Big": "string",
        "CT Source": "string",
        "Gift": "bool",
        "Items": "json",
        "Quantity": "int64",
    },
    "session:Charged": {"utm": "string"},
}
EVENT_ROWS = [
    {
        "event_id": "e1",
        "ts": AT,
        "identity": "dqsndckfk234",
        "object_id": "o-1",
        "all_identities": ["dqsndckfk234", 'a "b", <c>'],
        "platform": "Web",
        "phone": "+919999999999",
        "name": "Zoë 😀",
        "email": "z@example.com",
        "push_token": "t1",
        "device": (
            '{"make":"A & B","model":"X,1","browser":"Chrome","dpi":2.5,'
            '"dimensions":{"width":1920,"height":1080,"unit":"px"},"time zone":"UTC"}'
        ),
        "control_group": "A",
        "session_props": '{"utm":"x"}',
        "event_props": (
            '{"CT Source":"API","Amount":-6.1975594,"Big":123456789012345678901234567890,'
            '"Gift":false,"Items":[{"id":1,"name":"a \\"b\\""}],"Quantity":30107}'
        ),
    },
    {
        "event_id": "e2",
        "ts": AT + 1_000_000,
        "event_props": '{"CT Source":"","Amount":null,"Big":"=1+1\\n","Quantity":-1}',
    },
    {"event_id": "e3", "ts": AT + 2_000_000, "identity": "x"},
]
PROFILES_SCHEMA = {
    "profiles": {
        "Age": "int64",
        "Email": "string",
        "Gender": "string",
        "device": "string",
        "Tags": "json",
    }
}
PROFILE_ROWS = [
    {
        "object_id": "o1",
        "updated_at": AT,
        "identity": "i1",
        "email": "z@example.com",
        "phone": "+919999999999",
        "name": "Zoë, 😀",
        "all_identities": ["i1", "i2"],
        "device": '{"make":"Acme","dimensions":{"width":1}}',
        "comm_prefs": '{"MSG-push":true,"MSG-email":false}',
        "subscription_groups": '{"Weekly <news>":true}',
        "props": '{"Age":42,"Email":"own","Gender":"F","device":"tablet","Tags":["a","b"]}',
    },
    {"object_id": "o2", "updated_at": AT + 1_000_000, "props": '{"Age":null}', "deleted": True},
]
