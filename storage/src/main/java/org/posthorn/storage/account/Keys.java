package org.posthorn.storage.account;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.LargeChange;

/// The keys of an account's partition: one letter for the kind of row, then numbers with the high
/// byte first, so that rows that are read together lie together. Part of the stored format.
final class Keys {
  static final byte[] ACCOUNT = {'m'};

  /// The account's key, wrapped by the master key.
  static final byte[] KEY = {'y'};

  /// What is written aside of a change that is larger than a commit.
  static final LargeChange LARGE_CHANGE = new LargeChange('w');

  private static final char ACL = 'l';
  private static final char ANNOTATION = 'a';
  private static final char MAILBOX = 'b';
  private static final char CHANGE = 'c';
  private static final char DELIVERED = 'd';
  private static final char EMAIL = 'e';
  private static final char FORGOTTEN = 'g';
  private static final char HISTORY = 'h';
  private static final char KEYWORD = 'k';
  private static final char PLACEMENT = 'p';
  private static final char SUBSCRIPTION = 's';
  private static final char THREAD = 't';
  private static final char VANISHED = 'v';
  private static final char IMPORTED = 'x';
  private static final char SET_ASIDE = 'z';
  private static final char READER = 'q';
  private static final char SEEN = 'r';
  private static final char ACCESS_KEY = 'u';

  /// A longer text stands in a key as its SHA-256.
  private static final int TEXT_MAX_BYTES = 300;

  private Keys() {}

  static byte[] mailbox(int id) {
    return key(MAILBOX, 4).putInt(id).array();
  }

  static byte[] mailboxes() {
    return key(MAILBOX, 0).array();
  }

  static byte[] acl(int mailbox) {
    return key(ACL, 4).putInt(mailbox).array();
  }

  static byte[] acls() {
    return key(ACL, 0).array();
  }

  static byte[] annotation(Annotation annotation) {
    byte[] reader = annotation.reader().getBytes(StandardCharsets.US_ASCII);
    byte[] entry = annotation.entry().getBytes(StandardCharsets.UTF_8);
    return key(ANNOTATION, 5 + reader.length + entry.length)
        .putInt(annotation.mailbox().value())
        .put(reader)
        .put((byte) 0)
        .put(entry)
        .array();
  }

  static byte[] annotations() {
    return key(ANNOTATION, 0).array();
  }

  static Annotation annotationOf(byte[] key) {
    int end = 5;
    while (key[end] != 0) {
      end++;
    }
    return new Annotation(
        new MailboxId(intAt(key, 1)),
        new String(key, 5, end - 5, StandardCharsets.US_ASCII),
        new String(key, end + 1, key.length - end - 1, StandardCharsets.UTF_8));
  }

  static byte[] accessKey(AccessKey.Place place) {
    byte[] host = place.host().getBytes(StandardCharsets.US_ASCII);
    return key(ACCESS_KEY, 4 + host.length).putInt(place.mailbox()).put(host).array();
  }

  static byte[] accessKeys() {
    return key(ACCESS_KEY, 0).array();
  }

  static AccessKey.Place accessKeyOf(byte[] key) {
    return new AccessKey.Place(
        new String(key, 5, key.length - 5, StandardCharsets.US_ASCII), intAt(key, 1));
  }

  static boolean isAccessKey(byte[] key) {
    return key[0] == ACCESS_KEY;
  }

  /// The last mark of a reader of a mailbox.
  static byte[] reader(Reader.Key reader) {
    byte[] account = reader.account().getBytes(StandardCharsets.US_ASCII);
    return key(READER, 4 + account.length).putInt(reader.mailbox()).put(account).array();
  }

  static byte[] readers() {
    return key(READER, 0).array();
  }

  static byte[] readers(int mailbox) {
    return key(READER, 4).putInt(mailbox).array();
  }

  static Reader.Key readerOf(byte[] key) {
    return new Reader.Key(
        intAt(key, 1), new String(key, 5, key.length - 5, StandardCharsets.US_ASCII));
  }

  /// One page of what a reader has seen of a mailbox.
  static byte[] seen(Reader.Key reader, long page) {
    byte[] all = seen(reader);
    return ByteBuffer.allocate(all.length + 4).put(all).putInt((int) page).array();
  }

  static byte[] seen(Reader.Key reader) {
    byte[] account = reader.account().getBytes(StandardCharsets.US_ASCII);
    return key(SEEN, 5 + account.length)
        .putInt(reader.mailbox())
        .put(account)
        .put((byte) 0)
        .array();
  }

  static byte[] seen(int mailbox) {
    return key(SEEN, 4).putInt(mailbox).array();
  }

  static byte[] seen() {
    return key(SEEN, 0).array();
  }

  /// The number behind all else in the key.
  static long lastInt(byte[] key) {
    return intAt(key, key.length - 4) & 0xFFFF_FFFFL;
  }

  /// The same key for the account of another reader; the key itself where it names none.
  static byte[] withReader(byte[] key, UnaryOperator<AccountId> now) {
    boolean goesOn = key[0] == ANNOTATION || key[0] == SEEN;
    if (!goesOn && key[0] != READER) {
      return key;
    }
    int end = Math.min(5, key.length);
    while (end < key.length && (!goesOn || key[end] != 0)) {
      end++;
    }
    if (end <= 5) {
      return key;
    }
    try {
      var reader = new AccountId(new String(key, 5, end - 5, StandardCharsets.US_ASCII));
      byte[] renamed = now.apply(reader).value().getBytes(StandardCharsets.US_ASCII);
      return ByteBuffer.allocate(key.length - end + 5 + renamed.length)
          .put(key, 0, 5)
          .put(renamed)
          .put(key, end, key.length - end)
          .array();
    } catch (IllegalArgumentException _) {
      return key;
    }
  }

  static byte[] subscription(MailboxName name) {
    byte[] bounded = bounded(name.value());
    return key(SUBSCRIPTION, bounded.length).put(bounded).array();
  }

  static byte[] subscriptions() {
    return key(SUBSCRIPTION, 0).array();
  }

  static byte[] keyword(String lowerCase) {
    byte[] name = lowerCase.getBytes(StandardCharsets.UTF_8);
    return key(KEYWORD, name.length).put(name).array();
  }

  static byte[] keywords() {
    return key(KEYWORD, 0).array();
  }

  static byte[] placement(int mailbox, long uid) {
    return key(PLACEMENT, 8).putInt(mailbox).putInt((int) uid).array();
  }

  static byte[] placements(int mailbox) {
    return key(PLACEMENT, 4).putInt(mailbox).array();
  }

  static byte[] placements() {
    return key(PLACEMENT, 0).array();
  }

  static byte[] email(long id) {
    return key(EMAIL, 8).putLong(id).array();
  }

  static byte[] emails() {
    return key(EMAIL, 0).array();
  }

  static boolean isEmail(byte[] key) {
    return key[0] == EMAIL;
  }

  /// One piece of the record of a change.
  static byte[] change(long version, int piece) {
    return key(CHANGE, 10).putLong(version).putShort((short) piece).array();
  }

  static byte[] change(long version) {
    return key(CHANGE, 8).putLong(version).array();
  }

  /// Of a row of the log: whether it is what its change begins with.
  static boolean isFirstPiece(byte[] change) {
    return change.length == 11 && change[9] == 0 && change[10] == 0;
  }

  static byte[] changes() {
    return key(CHANGE, 0).array();
  }

  /// When the history begins.
  static byte[] history() {
    return key(HISTORY, 0).array();
  }

  /// One piece of the emails that may be needed no more since the history begins after a version.
  static byte[] forgotten(long version, int piece) {
    return key(FORGOTTEN, 10).putLong(version).putShort((short) piece).array();
  }

  static byte[] forgotten() {
    return key(FORGOTTEN, 0).array();
  }

  /// One piece of what a change took out of a mailbox.
  static byte[] vanished(int mailbox, long modSeq, int piece) {
    return key(VANISHED, 14).putInt(mailbox).putLong(modSeq).putShort((short) piece).array();
  }

  static byte[] vanished(int mailbox, long modSeq) {
    return key(VANISHED, 12).putInt(mailbox).putLong(modSeq).array();
  }

  static byte[] vanished() {
    return key(VANISHED, 0).array();
  }

  /// That a mail was delivered here for a recipient. Mail ids are in the order of time, so the
  /// oldest comes first.
  static byte[] delivered(MailId mail, String recipient) {
    byte[] id = mail.value().getBytes(StandardCharsets.US_ASCII);
    byte[] bounded = bounded(recipient);
    return key(DELIVERED, id.length + 1 + bounded.length)
        .put(id)
        .put((byte) 0)
        .put(bounded)
        .array();
  }

  /// What the keys of all recipients of a mail begin with.
  static byte[] delivered(MailId mail) {
    byte[] id = mail.value().getBytes(StandardCharsets.US_ASCII);
    return key(DELIVERED, id.length + 1).put(id).put((byte) 0).array();
  }

  static byte[] delivered() {
    return key(DELIVERED, 0).array();
  }

  static byte[] thread(long hash) {
    return key(THREAD, 8).putLong(hash).array();
  }

  static byte[] threads() {
    return key(THREAD, 0).array();
  }

  /// That a message was imported.
  static byte[] imported(SourceKey key) {
    return key(IMPORTED, 24).putLong(key.source()).putLong(key.high()).putLong(key.low()).array();
  }

  /// All that was imported from one source.
  static byte[] imported(long source) {
    return key(IMPORTED, 8).putLong(source).array();
  }

  static byte[] imported() {
    return key(IMPORTED, 0).array();
  }

  static SourceKey sourceKey(byte[] imported) {
    return new SourceKey(longAt(imported, 1), longAt(imported, 9), longAt(imported, 17));
  }

  /// Where a row is kept that cannot be read: its bytes, for whoever may have a use for them.
  static byte[] setAside(byte[] key) {
    return key(SET_ASIDE, key.length).put(key).array();
  }

  /// The first key after all that begin with `prefix`.
  static byte[] after(byte[] prefix) {
    byte[] end = prefix.clone();
    for (int i = end.length - 1; i >= 0; i--) {
      if (end[i] != (byte) 0xFF) {
        end[i]++;
        return Arrays.copyOf(end, i + 1);
      }
    }
    return new byte[0];
  }

  /// The number behind the first `skip` bytes.
  static long longAt(byte[] key, int skip) {
    return ByteBuffer.wrap(key).getLong(skip);
  }

  static int intAt(byte[] key, int skip) {
    return ByteBuffer.wrap(key).getInt(skip);
  }

  private static ByteBuffer key(char kind, int more) {
    return ByteBuffer.allocate(1 + more).put((byte) kind);
  }

  /// The text, or for a long one something as good as the text.
  private static byte[] bounded(String text) {
    byte[] all = text.getBytes(StandardCharsets.UTF_8);
    if (all.length <= TEXT_MAX_BYTES) {
      return all;
    }
    try {
      return MessageDigest.getInstance("SHA-256").digest(all);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
