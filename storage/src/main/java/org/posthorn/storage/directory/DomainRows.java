package org.posthorn.storage.directory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The rows of a domain's partition: one letter for the kind, then the name.
final class DomainRows {
  static final byte ALIAS = 'a';

  /// A name that a user has given up, and whose rights with others are not taken yet.
  static final byte FORMER = 'o';

  static final byte GROUP = 'g';

  /// [LoginSecrets].
  static final byte PASSWORD = 'h';

  /// [Personal], by account.
  static final byte PERSONAL = 'v';

  static final byte SHARE = 's';
  static final byte USER = 'u';
  static final byte UNWANTED = 'x';
  private static final byte SET_ASIDE = 'z';
  static final byte[] SETTINGS = {'m'};
  private static final int FORM = 1;

  private DomainRows() {}

  static Partition partition(Domain domain) {
    return new Partition(Partition.Kind.DOMAIN, domain.ascii());
  }

  static byte[] key(byte kind, String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    var key = new byte[text.length + 1];
    key[0] = kind;
    System.arraycopy(text, 0, key, 1, text.length);
    return key;
  }

  static String name(byte[] key) {
    return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
  }

  /// Where a row goes that cannot be read.
  static byte[] setAside(byte[] key) {
    var aside = new byte[key.length + 1];
    aside[0] = SET_ASIDE;
    System.arraycopy(key, 0, aside, 1, key.length);
    return aside;
  }

  /// The first key after all of a kind.
  static byte[] after(byte kind) {
    return new byte[] {(byte) (kind + 1)};
  }

  /// The next possible key.
  static byte[] next(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  static byte[] targets(List<MailAddress> targets) {
    var row = new RowWriter(64).raw(FORM).number(targets.size());
    targets.forEach(target -> row.text(target.toString()));
    return row.toBytes();
  }

  static List<MailAddress> targets(RowReader row) {
    row.form(FORM);
    int count = row.count();
    var targets = new ArrayList<MailAddress>();
    for (int i = 0; i < count; i++) {
      targets.add(MailAddress.of(row.text()));
    }
    return List.copyOf(targets);
  }

  /// That an account shares something with an identifier.
  static byte[] share(String identifier, AccountId account) {
    return key(SHARE, identifier + '\0' + account);
  }

  static byte[] members(Set<String> members) {
    var row = new RowWriter(64).raw(FORM).number(members.size());
    members.forEach(row::text);
    return row.toBytes();
  }

  static Set<String> members(RowReader row) {
    row.form(FORM);
    int count = row.count();
    var members = new TreeSet<String>();
    for (int i = 0; i < count; i++) {
      members.add(row.text());
    }
    return members;
  }

  static byte[] nothing() {
    return new RowWriter(1).raw(FORM).toBytes();
  }
}
