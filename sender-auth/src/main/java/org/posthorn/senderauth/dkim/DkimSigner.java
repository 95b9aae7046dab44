package org.posthorn.senderauth.dkim;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.posthorn.message.Domain;
import org.posthorn.message.mime.LoneReturns;

/// Makes signatures, relaxed in header and body: that survives what servers on the way do to lines.
/// One pass over the message, whatever its size and however many keys.
public final class DkimSigner {
  /// Signed as often as they are there (RFC 6376 §5.4.1).
  private static final List<String> SIGNED =
      List.of(
          "from",
          "to",
          "cc",
          "subject",
          "date",
          "message-id",
          "reply-to",
          "sender",
          "in-reply-to",
          "references",
          "mime-version",
          "content-type",
          "content-transfer-encoding",
          "list-id",
          "list-unsubscribe",
          "list-unsubscribe-post",
          "auto-submitted",
          // RFC 8460 §5.3.
          "tls-report-domain",
          "tls-report-submitter");

  /// Signed once more than they are there, so that nobody can put another one on top.
  private static final List<String> OVERSIGNED =
      List.of(
          "from",
          "to",
          "cc",
          "subject",
          "date",
          "message-id",
          "reply-to",
          "mime-version",
          "content-type");

  /// More of one kind are not signed: a header of thousands of `To` needs no name for each.
  private static final int OF_ONE_NAME_MAX = 20;

  private static final int CHUNK = 64;

  private DkimSigner() {}

  /// The values of a field `DKIM-Signature` for each key, in the keys' order. The spaces in them
  /// are where lines may be folded. Empty where nothing can be signed: no From, or a header of more
  /// than a megabyte. Does not close the stream.
  public static List<String> sign(
      InputStream message, Domain domain, List<SigningKey> keys, Instant now) throws IOException {
    // As it leaves us; of lone LFs the canonical forms know.
    MessagePass pass = MessagePass.over(LoneReturns.replacedIn(message));
    if (!pass.hasWholeHeader() || pass.header().named("from").isEmpty()) {
      return List.of();
    }
    BodyHash body = pass.want(Canonicalization.RELAXED, OptionalLong.empty());
    pass.finish();
    List<String> names = names(pass.header());
    ByteArrayOutputStream fields = new ByteArrayOutputStream(2 << 10);
    for (RawField field : pass.header().chosen(names)) {
      field.write(Canonicalization.RELAXED, fields);
    }
    List<String> values = new ArrayList<>();
    for (SigningKey key : keys) {
      String unsigned = unsigned(domain, key, now, names, body.bytes());
      ByteArrayOutputStream text = new ByteArrayOutputStream(fields.size() + 512);
      fields.writeTo(text);
      RawField.of("DKIM-Signature: " + unsigned).writeUnsigned(Canonicalization.RELAXED, text);
      values.add(unsigned + chunks(key.sign(text.toByteArray())));
    }
    return values;
  }

  private static String unsigned(
      Domain domain, SigningKey key, Instant now, List<String> names, byte[] bodyHash) {
    return "v=1; a="
        + key.algorithm()
        + "; c=relaxed/relaxed; d="
        + domain
        + "; s="
        + key.selector()
        + "; t="
        + now.getEpochSecond()
        + "; h="
        + list(names)
        + "; bh="
        + Base64.getEncoder().encodeToString(bodyHash)
        + "; b=";
  }

  private static List<String> names(RawHeader header) {
    List<String> names = new ArrayList<>();
    for (String name : SIGNED) {
      int count = Math.min(OF_ONE_NAME_MAX, header.named(name).size());
      int more = OVERSIGNED.contains(name) ? 1 : 0;
      names.addAll(Collections.nCopies(count + more, name));
    }
    return names;
  }

  /// With spaces where a line may end.
  private static String list(List<String> names) {
    StringBuilder list = new StringBuilder();
    int line = 0;
    for (String name : names) {
      if (!list.isEmpty()) {
        list.append(':');
        if (line + name.length() > CHUNK) {
          list.append(' ');
          line = 0;
        }
      }
      list.append(name);
      line += name.length() + 1;
    }
    return list.toString();
  }

  private static String chunks(String base64) {
    StringBuilder text = new StringBuilder(base64.length() + 8);
    for (int at = 0; at < base64.length(); at += CHUNK) {
      text.append(at == 0 ? "" : " ");
      text.append(base64, at, Math.min(base64.length(), at + CHUNK));
    }
    return text.toString();
  }
}
