package org.posthorn.storage.queue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.LargeChange;

/// The keys of the queue's rows, part of the stored format. All rows of a mail lie together:
///
/// ```
/// c                                     counts
/// d <due ms: 8 bytes> <id> / <number>   index of what is due when
/// m <id> / f <number>                   a form of the mail
/// m <id> / r <number>                   a recipient
/// m <id> / s <key>                      a mail that was made on its behalf
/// w <piece>                             of a change that is larger than a commit
/// ```
///
/// Numbers have 4 bytes. `/` sorts before every letter and digit, so ids of different lengths keep
/// their order.
final class QueueKeys {
  static final byte[] COUNTS = {'c'};

  /// What is written aside of a change that is larger than a commit.
  static final LargeChange LARGE_CHANGE = new LargeChange('w');

  static final byte FORM = 'f';
  static final byte RECIPIENT = 'r';
  static final byte SUBMISSION = 's';

  private static final byte DUE = 'd';
  private static final byte MAIL = 'm';
  private static final byte END_OF_ID = '/';
  private static final byte AFTER_END_OF_ID = '/' + 1;
  private static final int DUE_START = 1 + Long.BYTES;

  private QueueKeys() {}

  static byte[] form(MailId mail, int number) {
    return numbered(mail, FORM, number);
  }

  static byte[] recipient(MailId mail, int number) {
    return numbered(mail, RECIPIENT, number);
  }

  static byte[] submission(MailId mail, SubmissionKey key) {
    byte[] id = ascii(mail.value());
    byte[] purpose = ascii(key.value());
    return ByteBuffer.allocate(id.length + purpose.length + 3)
        .put(MAIL)
        .put(id)
        .put(END_OF_ID)
        .put(SUBMISSION)
        .put(purpose)
        .array();
  }

  static byte[] due(DueKey key) {
    byte[] id = ascii(key.mail().value());
    return ByteBuffer.allocate(DUE_START + id.length + 1 + Integer.BYTES)
        .put(DUE)
        .putLong(key.due().toEpochMilli())
        .put(id)
        .put(END_OF_ID)
        .putInt(key.number())
        .array();
  }

  static byte[] firstDue() {
    return new byte[] {DUE};
  }

  static byte[] afterLastDue() {
    return new byte[] {DUE + 1};
  }

  static byte[] firstOf(MailId mail) {
    return prefix(mail, END_OF_ID);
  }

  static byte[] afterLastOf(MailId mail) {
    return prefix(mail, AFTER_END_OF_ID);
  }

  static byte[] firstMail() {
    return new byte[] {MAIL};
  }

  static byte[] afterLastMail() {
    return new byte[] {MAIL + 1};
  }

  static DueKey dueOf(byte[] key) {
    ByteBuffer bytes = ByteBuffer.wrap(key);
    Instant due = Instant.ofEpochMilli(bytes.getLong(1));
    int idEnd = key.length - Integer.BYTES - 1;
    String id = new String(key, DUE_START, idEnd - DUE_START, StandardCharsets.US_ASCII);
    return new DueKey(due, new MailId(id), bytes.getInt(idEnd + 1));
  }

  static MailId mailOf(byte[] key) {
    return new MailId(new String(key, 1, idEnd(key) - 1, StandardCharsets.US_ASCII));
  }

  /// Of two rows of mails.
  static boolean isOfSameMail(byte[] one, byte[] other) {
    int end = idEnd(one);
    return other.length > end && Arrays.equals(one, 0, end + 1, other, 0, end + 1);
  }

  /// What kind of row of a mail this is.
  static byte kindOf(byte[] key) {
    return key[idEnd(key) + 1];
  }

  /// Of any row of the queue.
  static boolean isForm(byte[] key) {
    return key[0] == MAIL && kindOf(key) == FORM;
  }

  static int numberOf(byte[] key) {
    return ByteBuffer.wrap(key).getInt(key.length - Integer.BYTES);
  }

  static SubmissionKey submissionOf(byte[] key) {
    int start = idEnd(key) + 2;
    return new SubmissionKey(new String(key, start, key.length - start, StandardCharsets.US_ASCII));
  }

  private static byte[] numbered(MailId mail, byte kind, int number) {
    byte[] id = ascii(mail.value());
    return ByteBuffer.allocate(id.length + 3 + Integer.BYTES)
        .put(MAIL)
        .put(id)
        .put(END_OF_ID)
        .put(kind)
        .putInt(number)
        .array();
  }

  private static byte[] prefix(MailId mail, byte end) {
    byte[] id = ascii(mail.value());
    return ByteBuffer.allocate(id.length + 2).put(MAIL).put(id).put(end).array();
  }

  private static int idEnd(byte[] key) {
    for (int i = 1; i < key.length; i++) {
      if (key[i] == END_OF_ID) {
        return i;
      }
    }
    throw new IllegalArgumentException("Not the key of a mail's row");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
