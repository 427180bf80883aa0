"""Sparkplug B's protobuf payload: what we read of it, and the one command that we send. Stateless.

The description holds the fields that we use; field numbers and types are those of the Sparkplug 3.0
specification, chapter 6. Text is taken as bytes, so that one name in another coding costs that name
and not the message.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from ingest.reading import UndecodableError, check_size

#: A birth describes all that a device has; so many metrics are still read within 10 ms.
_MAX_BYTES = 256 * 1024
_MAX_METRICS = 512
_MAX_DEPTH = 4
_COMPRESSED = b"SPBV1.0_COMPRESSED"
_ZLIB_OR_GZIP = 47  # window bits
_GOOD_QUALITY = range(192, 256)  # 0 is bad, 500 stale
_BOOLEAN = 11  # Sparkplug's data type

_Type = descriptor_pb2.FieldDescriptorProto
_Fields = Mapping[str, tuple[int, "_Type.Type.ValueType | str"]]
_VALUES: _Fields = {
    "int_value": (10, _Type.TYPE_UINT32),
    "long_value": (11, _Type.TYPE_UINT64),
    "float_value": (12, _Type.TYPE_FLOAT),
    "double_value": (13, _Type.TYPE_DOUBLE),
    "boolean_value": (14, _Type.TYPE_BOOL),
    "string_value": (15, _Type.TYPE_BYTES),
    "template_value": (18, "Template"),
}
_MESSAGES: Mapping[str, _Fields] = {
    "Payload": {
        "timestamp": (1, _Type.TYPE_UINT64),
        "metrics": (2, "Metric[]"),
        "seq": (3, _Type.TYPE_UINT64),
        "uuid": (4, _Type.TYPE_BYTES),
        "body": (5, _Type.TYPE_BYTES),
    },
    "Metric": {
        "name": (1, _Type.TYPE_BYTES),
        "alias": (2, _Type.TYPE_UINT64),
        "timestamp": (3, _Type.TYPE_UINT64),
        "datatype": (4, _Type.TYPE_UINT32),
        "is_historical": (5, _Type.TYPE_BOOL),
        "is_null": (7, _Type.TYPE_BOOL),
        "properties": (9, "Properties"),
        **_VALUES,
    },
    "Template": {"metrics": (2, "Metric[]"), "is_definition": (5, _Type.TYPE_BOOL)},
    "Properties": {"keys": (1, "bytes[]"), "values": (2, "Property[]")},
    "Property": {"int_value": (3, _Type.TYPE_UINT32), "long_value": (4, _Type.TYPE_UINT64)},
}

Value = bool | int | float | str


class Metric(NamedTuple):
    """One metric. `value` None: null if `is_null`, else of a kind that we do not read."""

    name: str
    alias: int | None
    value: Value | None
    is_null: bool
    is_historical: bool
    is_good: bool
    at_ms: int  # Unix time; 0 where not said


class Payload(NamedTuple):
    """A payload: the node's clock (Unix milliseconds), its sequence number, its metrics in order."""

    at_ms: int
    seq: int | None
    metrics: list[Metric]


def read_payload(payload: bytes) -> Payload:
    """Read a payload, compressed or plain. Raises UndecodableError saying why it is none."""
    check_size(payload, _MAX_BYTES)
    outer = _parse(payload)
    inner = _parse(_decompress(outer.body)) if outer.uuid == _COMPRESSED else outer
    metrics: list[Metric] = []
    for metric in _flat(inner.metrics, "", 0):
        metrics.append(metric)
        if len(metrics) > _MAX_METRICS:
            raise UndecodableError(f"more than {_MAX_METRICS} metrics")
    seq = outer.seq if outer.HasField("seq") else None
    return Payload(outer.timestamp or inner.timestamp, seq, metrics)


def rebirth_command(at_ms: int) -> bytes:
    """The payload that tells a node to send its births again. `at_ms`: Unix milliseconds."""
    command = _PAYLOAD(timestamp=at_ms)
    command.metrics.add(name=b"Node Control/Rebirth", timestamp=at_ms, datatype=_BOOLEAN, boolean_value=True)
    encoded: bytes = command.SerializeToString()
    return encoded


def _payload_class() -> Any:
    """The class of a payload; what protobuf makes at run time has no static type."""
    file = descriptor_pb2.FileDescriptorProto(name="fire135/sparkplug.proto", package="fire135.sparkplug")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            field = message.field.add(name=field_name, number=number, label=_Type.LABEL_OPTIONAL)
            if not isinstance(kind, str):
                field.type = kind
            elif kind == "bytes[]":
                field.type, field.label = _Type.TYPE_BYTES, _Type.LABEL_REPEATED
            else:
                field.type, field.type_name = _Type.TYPE_MESSAGE, f".{file.package}.{kind.removesuffix('[]')}"
                field.label = _Type.LABEL_REPEATED if kind.endswith("[]") else _Type.LABEL_OPTIONAL
            if name == "Metric" and field_name in _VALUES:
                field.oneof_index = 0
        if name == "Metric":
            message.oneof_decl.add(name="value")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.Payload"))


_PAYLOAD = _payload_class()


def _parse(payload: bytes) -> Any:
    try:
        return _PAYLOAD.FromString(payload)
    except DecodeError:
        raise UndecodableError("no Sparkplug B payload: not protobuf") from None


def _decompress(body: bytes) -> bytes:
    stream = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        plain = stream.decompress(body, _MAX_BYTES)
    except zlib.error as fault:
        raise UndecodableError(f"a compressed payload that cannot be unpacked: {fault}") from None
    if not stream.eof:
        raise UndecodableError(f"a compressed payload that is cut short or longer than {_MAX_BYTES} bytes")
    return plain


def _flat(metrics: Iterable[Any], prefix: str, depth: int) -> Iterator[Metric]:
    """The metrics; a template instance (itself null) is followed by its own, as `TEMPLATE/METRIC`."""
    for metric in metrics:
        name = prefix + metric.name.decode(errors="replace")
        kind = metric.WhichOneof("value")
        is_template = kind == "template_value"
        value = getattr(metric, kind) if kind and not is_template else None
        yield Metric(
            name,
            metric.alias if metric.HasField("alias") else None,
            value.decode(errors="replace") if isinstance(value, bytes) else value,
            metric.is_null or is_template,
            metric.is_historical,
            not metric.HasField("properties") or _is_good(metric.properties),
            metric.timestamp,
        )
        if is_template and not metric.template_value.is_definition and depth < _MAX_DEPTH:
            yield from _flat(metric.template_value.metrics, f"{name}/" if name else "", depth + 1)


def _is_good(properties: Any) -> bool:
    """Whether the property `Quality`, if there is one, says that the value can be trusted."""
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key.lower() == b"quality":
            return (value.int_value or value.long_value) in _GOOD_QUALITY
    return True
