"""SQL over JSON text as DuckDB reads it, and what it lets pass that strict JSON does not."""

# DuckDB's parser takes NaN and Infinity in any spelling; after `json()` they can only stand
# behind one of these three characters. Inside a string this finds too much, never too little.
_NOT_FINITE = r"[:\[,]-?([nN][aA][nN]|[iI][nN][fF])"
_STRINGS_AND_REST = r'"(?:[^"\\]|\\.)*"|[^"]+'
# A surrogate pair, a lone surrogate, any other escape, text: in this order of preference.
_ESCAPES = (
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|(?s:\\.)|[^\\]+|\\"
)
_SURROGATE = r"\\u[dD][89a-fA-F]"


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def pointer(key: str) -> str:
    """The JSON pointer of a key at the top of an object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def parsed(text: str) -> str:
    """The minified document in a VARCHAR column, or NULL; lone surrogate escapes become '?'."""
    mended = (
        f"array_to_string(list_transform(regexp_extract_all({text}, {quoted(_ESCAPES)}), "
        f"lambda t: CASE WHEN strlen(t) = 6 AND regexp_matches(t, {quoted('^' + _SURROGATE)}) "
        "THEN '?' ELSE t END), '')"
    )
    # `try` would catch an error a bad row, and that takes a hundred times as long.
    return (
        f"CASE WHEN json_valid({text}) THEN json({text}) "
        f"WHEN regexp_matches({text}, {quoted(_SURROGATE)}) THEN try(json({mended})) END"
    )


def finite(document: str) -> str:
    """The minified document with null for NaN and Infinity."""
    # Two plain searches are six times as fast as the expression, which few documents then need.
    suspect = (
        f"(contains(lower({document}), 'nan') OR contains(lower({document}), 'inf')) "
        f"AND regexp_matches({document}, {quoted(_NOT_FINITE)})"
    )
    return (
        f"CASE WHEN {suspect} THEN array_to_string("
        f"list_transform(regexp_extract_all({document}, {quoted(_STRINGS_AND_REST)}), "
        "lambda t: CASE WHEN starts_with(t, '\"') THEN t ELSE "
        "regexp_replace(t, '(?i)-?(nan|inf(inity)?)', 'null', 'g') END), '')::JSON "
        f"ELSE {document} END"
    )


def spliced(first: str, second: str) -> str:
    """One object of the members of two minified ones, either of which may be NULL."""
    return (
        f"CASE WHEN {second} IS NULL OR {second} = '{{}}' THEN {first} "
        f"WHEN {first} IS NULL OR {first} = '{{}}' THEN {second} "
        f"ELSE ({first}[:-2] || ',' || {second}[2:])::JSON END"
    )


def each_key_once(document: str) -> str:
    """The minified object, of each name only the first member."""
    escaped = "replace(replace(k, '~', '~0'), '/', '~1')"
    return (
        f"('{{' || array_to_string(list_transform(list_sort(list_distinct(json_keys({document}))), "
        f"lambda k: to_json(k) || ':' || json_extract({document}, '/' || {escaped})), ',') || '}}'"
        ")::JSON"
    )


def is_object(document: str) -> str:
    """Whether a minified document is an object; its first character tells without parsing."""
    return f"starts_with({document}, '{{')"


def finite_text(found: str, document: str, path: str) -> str:
    """The text found at `path`, NULL when it is a bare NaN or Infinity and no string."""
    word = f"(contains(lower({found}), 'nan') OR contains(lower({found}), 'inf'))"
    return (
        f"CASE WHEN strlen({found}) < 10 AND {word} "
        f"AND regexp_full_match({found}, '(?i)-?(nan|inf(inity)?)') "
        f"AND json_type({document}, {path}) <> 'VARCHAR' THEN NULL ELSE {found} END"
    )


def member(key: str, value: str) -> str:
    """The text `"key":value` of an object, or NULL when the value is."""
    return f"to_json({quoted(key)}) || ':' || {value}"
