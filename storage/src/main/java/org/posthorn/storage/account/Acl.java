package org.posthorn.storage.account;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// Who may do what with a mailbox, beside its owner: rights by identifier (RFC 4314 §2). Immutable.
///
/// Identifiers are logins, names of groups behind a `$`, or `anyone`; behind a `-` they take rights
/// away, whoever gives them.
public record Acl(SortedMap<String, Rights> entries) {
  public static final String ANYONE = "anyone";
  public static final char GROUP = '$';
  public static final char NEGATIVE = '-';
  public static final Acl EMPTY = new Acl(Collections.emptySortedMap());

  /// So that a list has room in one row.
  static final int ENTRIES_MAX = 150;

  static final int IDENTIFIER_MAX_BYTES = 320;
  private static final int FORM = 1;

  public Acl {
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  public Rights of(String identifier) {
    return entries.getOrDefault(identifier, Rights.NONE);
  }

  /// What somebody may do who has all these identifiers.
  public Rights of(Collection<String> identifiers) {
    Rights granted = Rights.NONE;
    Rights denied = Rights.NONE;
    for (String identifier : identifiers) {
      granted = granted.with(of(identifier));
      denied = denied.with(of(NEGATIVE + identifier));
    }
    return granted.without(denied);
  }

  /// Whether an entry with this name means a login: another mark means a group, or takes rights.
  public static boolean canMeanLogin(String login) {
    return !login.isEmpty() && login.charAt(0) != GROUP && login.charAt(0) != NEGATIVE;
  }

  /// Without rights there is no entry.
  Acl with(String identifier, Rights rights) {
    var next = new TreeMap<>(entries);
    if (rights.isEmpty()) {
      next.remove(identifier);
    } else {
      next.put(identifier, rights);
    }
    return new Acl(next);
  }

  byte[] encode() {
    var row = new RowWriter(64).raw(FORM).number(entries.size());
    entries.forEach((identifier, rights) -> row.text(identifier).text(rights.letters()));
    return row.toBytes();
  }

  static Acl decode(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    int count = row.count();
    var entries = new TreeMap<String, Rights>();
    for (int i = 0; i < count; i++) {
      entries.put(row.text(), Rights.parse(row.text()));
    }
    return new Acl(entries);
  }
}
