package org.posthorn.app.dns;

/// A record to publish. `name` without the final dot; `value` as in a zone file, of TXT the bare
/// text; `why` for people.
public record ZoneRecord(String name, String type, String value, String why) {}
