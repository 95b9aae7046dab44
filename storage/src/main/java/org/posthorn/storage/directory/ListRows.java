package org.posthorn.storage.directory;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The rows of mailing lists in the partition of their domain. Each begins with its form, and
/// behind the letter of the kind comes the name of the list, then NUL and what it is about.
final class ListRows {
  /// One for each list: its id and settings. No NUL behind the name.
  static final byte LIST = 'l';

  static final byte MEMBER = 'n';

  /// From a member's token to the address.
  static final byte TOKEN = 't';

  /// Members by their domains: the domain, NUL and the name. With nothing behind the list: all are
  /// there.
  static final byte BY_DOMAIN = 'i';

  /// Who asked to be subscribed and has not confirmed it.
  static final byte PENDING = 'p';

  /// Posts that wait for a moderator.
  static final byte HELD = 'q';

  /// Into how many parts a post was cut that is being sent to members.
  static final byte RUN = 'f';

  /// Those that go with their list.
  static final byte[] OF_A_LIST = {MEMBER, TOKEN, BY_DOMAIN, PENDING, HELD, RUN};

  private static final int FORM = 1;
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
  private static final SecureRandom RANDOM = new SecureRandom();

  private ListRows() {}

  static byte[] key(byte kind, String list, String rest) {
    return DomainRows.key(kind, list + '\0' + rest);
  }

  /// What is behind the name of the list.
  static String rest(byte[] key) {
    String name = DomainRows.name(key);
    return name.substring(name.indexOf('\0') + 1);
  }

  /// The first key behind all rows of a kind that a list has.
  static byte[] end(byte kind, String list) {
    return DomainRows.key(kind, list + '\1');
  }

  /// Five bits a character, which stay what they are in any case.
  static String random(int characters) {
    var text = new StringBuilder(characters);
    for (int i = 0; i < characters; i++) {
      text.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return text.toString();
  }

  static byte[] list(MailingList list) {
    Map<String, String> settings = list.settings().toMap();
    var row = new RowWriter(256).raw(FORM).text(list.id()).number(settings.size());
    settings.forEach((name, word) -> row.text(name).text(word));
    return row.toBytes();
  }

  static MailingList list(MailAddress address, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    String id = row.text();
    int count = row.count();
    Map<String, String> settings = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      settings.put(row.text(), row.text());
    }
    // Of a newer program.
    settings.keySet().retainAll(ListSettings.STANDARD.toMap().keySet());
    try {
      return new MailingList(address, id, ListSettings.STANDARD.with(settings));
    } catch (DirectoryException wrong) {
      throw new StorageUnavailable("The settings of list " + address + " are damaged", wrong);
    }
  }

  static byte[] member(ListMember member) {
    return new RowWriter(64)
        .raw(FORM)
        .text(member.address().toString())
        .text(member.name())
        .raw(
            switch (member.state()) {
              case ACTIVE -> 0;
              case SUSPENDED -> 1;
              case BOUNCING -> 2;
            })
        .number(member.since().toEpochMilli())
        .text(member.token())
        .number(member.bounceDays())
        .number(member.lastBounce())
        .toBytes();
  }

  static ListMember member(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new ListMember(
        MailAddress.of(row.text()),
        row.text(),
        switch (row.raw()) {
          case 0 -> ListMember.State.ACTIVE;
          case 1 -> ListMember.State.SUSPENDED;
          default -> ListMember.State.BOUNCING;
        },
        Instant.ofEpochMilli(row.number()),
        row.text(),
        row.count(),
        row.number());
  }

  static byte[] text(String text) {
    return new RowWriter(text.length() + 8).raw(FORM).text(text).toBytes();
  }

  static String text(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return row.text();
  }

  static byte[] pending(ListDesk.Pending pending) {
    return new RowWriter(64)
        .raw(FORM)
        .text(pending.address().toString())
        .raw(pending.leaving() ? 1 : 0)
        .number(pending.until().toEpochMilli())
        .toBytes();
  }

  static ListDesk.Pending pending(String token, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new ListDesk.Pending(
        token, MailAddress.of(row.text()), row.raw() == 1, Instant.ofEpochMilli(row.number()));
  }

  static byte[] held(ListDesk.Held held) {
    return new RowWriter(128)
        .raw(FORM)
        .text(held.mail().value())
        .text(held.from())
        .text(held.subject())
        .number(held.sizeBytes())
        .number(held.since().toEpochMilli())
        .text(held.why())
        .raw(
            switch (held.verdict()) {
              case WAITING -> 0;
              case APPROVED -> 1;
              case REJECTED -> 2;
            })
        .text(held.reason())
        .toBytes();
  }

  static ListDesk.Held held(String token, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new ListDesk.Held(
        token,
        new MailId(row.text()),
        row.text(),
        row.text(),
        row.number(),
        Instant.ofEpochMilli(row.number()),
        row.text(),
        switch (row.raw()) {
          case 0 -> ListDesk.Verdict.WAITING;
          case 1 -> ListDesk.Verdict.APPROVED;
          default -> ListDesk.Verdict.REJECTED;
        },
        row.text());
  }

  /// Into how many parts a post was cut, and when.
  record Run(int parts, Instant since) {}

  static byte[] run(Run run) {
    return new RowWriter(16)
        .raw(FORM)
        .number(run.parts())
        .number(run.since().toEpochMilli())
        .toBytes();
  }

  static Run run(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new Run(row.count(), Instant.ofEpochMilli(row.number()));
  }

  /// Lists with NUL in their names there are none, so that no list finds the rows of another.
  static Optional<DirectoryException> nameFault(String list) {
    return list.getBytes(StandardCharsets.UTF_8).length > 40
        ? Optional.of(
            new DirectoryException.NotPermitted(
                "The name of a list has at most 40 bytes before the @, so that there is room for"
                    + " -unsubscribe and the like behind it"))
        : Optional.empty();
  }
}
