package org.posthorn.imap.command;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.ExcerptPage;

/// What ties a message to its thread, in few bytes: whether its subject shows an answer, its own id
/// and those of the messages before it. Ids are numbers of 64 bits that stand for them (two of a
/// million messages have the same by chance once in 30 million cases), made with a secret of this
/// process, so nobody can write mail whose numbers are near one another.
enum ThreadLinks implements Excerpt {
  EXCERPT;

  /// Stands for no id.
  static final long NONE = 0;

  private static final long SECRET = ThreadLocalRandom.current().nextLong();
  private static final int OWN_AT = 1;
  private static final int ANCESTORS_AT = OWN_AT + Long.BYTES;

  @Override
  public byte[] of(Account account, Email email) {
    MessageStructure structure = email.structure();
    boolean isReply =
        structure.envelope().subject().map(it -> BaseSubject.of(it).isReply()).orElse(false);
    List<String> ancestors = MessageIds.ancestors(structure);
    ByteBuffer links = ByteBuffer.allocate(ANCESTORS_AT + Long.BYTES * ancestors.size());
    links.put((byte) (isReply ? 1 : 0));
    links.putLong(MessageIds.own(structure).map(ThreadLinks::number).orElse(NONE));
    ancestors.forEach(id -> links.putLong(number(id)));
    return links.array();
  }

  static boolean isReply(ExcerptPage page, long emailId) {
    return page.has(emailId) && page.bytes()[page.start(emailId)] != 0;
  }

  static long own(ExcerptPage page, long emailId) {
    return page.has(emailId)
        ? ByteBuffer.wrap(page.bytes()).getLong(page.start(emailId) + OWN_AT)
        : NONE;
  }

  /// The oldest first.
  static long[] ancestors(ExcerptPage page, long emailId) {
    if (!page.has(emailId)) {
      return new long[0];
    }
    int start = page.start(emailId) + ANCESTORS_AT;
    long[] ancestors = new long[(page.end(emailId) - start) / Long.BYTES];
    ByteBuffer bytes = ByteBuffer.wrap(page.bytes());
    for (int i = 0; i < ancestors.length; i++) {
      ancestors[i] = bytes.getLong(start + i * Long.BYTES);
    }
    return ancestors;
  }

  private static long number(String id) {
    long number = SECRET;
    for (int i = 0; i < id.length(); i++) {
      number = (number ^ id.charAt(i)) * 0x9E3779B97F4A7C15L;
      number ^= number >>> 29;
    }
    number = (number ^ (number >>> 32)) * 0xD6E8FEB86659FD93L;
    number ^= number >>> 32;
    return number == NONE ? 1 : number;
  }
}
