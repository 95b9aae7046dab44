package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What rspamd says about a message (`/checkv2`): what is to happen, why, and in `milter` what is
/// to be changed about the mail; `signatures` are those of DKIM that it has made.
record RspamdAnswer(
    String action,
    String score,
    Optional<String> text,
    Optional<String> subject,
    List<String> signatures,
    JsonNode milter) {
  private static final int DEPTH_MAX = 50;
  private static final String FLAG = "X-Spam-Flag";
  private static final String SCORE = "X-Spam-Score";
  private static final Set<String> KNOWN =
      Set.of("action", "score", "messages", "subject", "dkim-signature", "milter");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
                  .build())
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS) // It is read piece by piece.
          .build();

  RspamdAnswer {
    signatures = List.copyOf(signatures);
  }

  /// Throws `IOException` where it is no such answer.
  static RspamdAnswer of(byte[] json) throws IOException {
    JsonNode root;
    // Its rules quote messages, whatever bytes those have: what is no UTF-8 is replaced.
    try (JsonParser parser =
        JSON.createParser(new InputStreamReader(new ByteArrayInputStream(json), UTF_8))) {
      root = known(parser);
    } catch (JacksonException e) {
      throw new IOException("the answer is no JSON: " + e.getOriginalMessage(), e);
    }
    String action = root.path("action").asString("");
    if (action.isEmpty()) {
      throw new IOException("the answer names no action");
    }
    return new RspamdAnswer(
        action,
        root.path("score").asString("?"),
        string(root.path("messages").path("smtp_message")),
        string(root.path("subject")),
        texts(root.path("dkim-signature")),
        root.path("milter"));
  }

  /// What is of use; the rest is passed over, as the names of all links, which may be megabytes.
  private static JsonNode known(JsonParser parser) throws IOException {
    ObjectNode known = JSON.createObjectNode();
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new IOException("the answer is no JSON of an object");
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (KNOWN.contains(name)) {
        known.set(name, JSON.readTree(parser));
      } else {
        parser.skipChildren();
      }
    }
    return known;
  }

  String reason() {
    return action + ", score " + score + text.map(said -> ": " + said).orElse("");
  }

  boolean isSpam() {
    return action.equals("add header") || action.equals("rewrite subject") || isQuarantine();
  }

  private boolean isQuarantine() {
    return action.equals("quarantine");
  }

  /// The header fields that tell people and the chain.
  String flag() {
    return isSpam() ? "YES" : "NO";
  }

  /// Whether more is to be changed than notes and lines on top of the message.
  boolean changes(Message message) {
    return !milter.isEmpty()
        || !signatures.isEmpty()
        || rewritesSubject()
        || isQuarantine()
        || message.headers().stream().anyMatch(RspamdAnswer::looksLikeOurs);
  }

  private boolean rewritesSubject() {
    return action.equals("rewrite subject") && subject.isPresent();
  }

  /// A field that only we may say.
  private static boolean looksLikeOurs(HeaderField field) {
    return field.is(FLAG) || field.is(SCORE);
  }

  /// The message as it is to be.
  Message changed(Message message) throws IOException {
    HeaderLines header = HeaderLines.of(message);
    header.remove(FLAG, 0);
    header.remove(SCORE, 0);
    for (var field : milter.path("remove_headers").properties()) {
      numbers(field.getValue()).forEach(number -> header.remove(field.getKey(), number));
    }
    if (rewritesSubject()) {
      header.remove("Subject", 0);
      header.add("Subject", value(subject.orElseThrow()));
    }
    header.insert(0, SCORE, " " + score);
    header.insert(0, FLAG, " " + flag());
    for (var field : milter.path("add_headers").properties()) {
      add(header, field.getKey(), field.getValue());
    }
    for (String signature : signatures.reversed()) { // The first ends on top.
      header.insert(0, "DKIM-Signature", value(signature));
    }
    return header.over(message, List.of());
  }

  private static List<Integer> numbers(JsonNode numbers) {
    return numbers.isArray()
        ? numbers.valueStream().map(number -> number.asInt(0)).toList()
        : List.of(numbers.asInt(0));
  }

  /// A text, a text with its place (below zero: the end), or several of them.
  private static void add(HeaderLines header, String name, JsonNode field) {
    if (field.isArray()) {
      field.valueStream().forEach(one -> add(header, name, one));
    } else if (field.isObject()) {
      int order = field.path("order").asInt(-1);
      String value = value(field.path("value").asString(""));
      header.insert(order < 0 ? Integer.MAX_VALUE : order, name, value);
    } else {
      header.add(name, value(field.asString("")));
    }
  }

  /// As it stands in a header; what is folded already stays so.
  private static String value(String text) {
    boolean plain = text.chars().allMatch(c -> c < 128);
    String value =
        plain || text.contains("\n")
            ? " " + text
            : HeaderText.line("X", HeaderText.withoutControls(text)).substring(2).stripTrailing();
    return new String(value.getBytes(UTF_8), ISO_8859_1);
  }

  /// The mail as it is to be, and what of that could not be done.
  record Envelope(IncomingMail mail, List<String> undone) {
    Envelope {
      undone = List.copyOf(undone);
    }
  }

  /// Sender and recipients as they are to be, with what is noted for the chain.
  Envelope envelope(IncomingMail mail) {
    List<String> undone = new ArrayList<>();
    List<Recipient> recipients = new ArrayList<>(mail.recipients());
    for (String path : texts(milter.path("del_rcpt"))) {
      String gone = MilterEdits.withoutBrackets(path);
      if (!recipients.removeIf(one -> one.address().toString().equalsIgnoreCase(gone))) {
        undone.add("no such recipient");
      }
    }
    for (String path : texts(milter.path("add_rcpt"))) {
      MailAddress.parse(MilterEdits.withoutBrackets(path))
          .map(Recipient::of)
          .ifPresentOrElse(recipients::add, () -> undone.add("recipient not added"));
    }
    IncomingMail changed =
        mail.withSender(sender(mail, undone))
            .withRecipients(recipients)
            .withAttribute("rspamd.action", action)
            .withAttribute("rspamd.score", score)
            .withAttribute("rspamd.spam", isSpam() ? "yes" : "no");
    if (isQuarantine()) {
      changed = changed.withAttribute(NewMail.QUARANTINE, "rspamd: " + reason());
    }
    return new Envelope(changed, undone.stream().distinct().toList());
  }

  /// What is neither an address nor none would leave nobody to hear of a failure.
  private Optional<MailAddress> sender(IncomingMail mail, List<String> undone) {
    Optional<String> path = string(milter.path("change_from")).map(MilterEdits::withoutBrackets);
    if (path.isEmpty()) {
      return mail.sender();
    }
    Optional<MailAddress> sender = MailAddress.parse(path.get());
    if (sender.isEmpty() && !path.get().isEmpty()) {
      undone.add("sender not changed");
      return mail.sender();
    }
    return sender;
  }

  private static List<String> texts(JsonNode texts) {
    return texts.isArray()
        ? texts.valueStream().map(text -> text.asString("")).toList()
        : string(texts).stream().toList();
  }

  private static Optional<String> string(JsonNode node) {
    return node.isString() ? Optional.of(node.asString()) : Optional.empty();
  }
}
