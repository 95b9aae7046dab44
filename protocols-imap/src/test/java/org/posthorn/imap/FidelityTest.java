package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;

/// Awkward messages: nothing that is fetched of them fails, all of it is written by the grammar and
/// fits together, and the bytes are what came in.
class FidelityTest {
  private static final long SEED = Long.getLong("posthorn.seed", 20_260_302L);
  private static final int MADE = 60 * Integer.getInteger("posthorn.rounds", 5);

  @Test
  void everyMessageComesOutAsItWentIn() throws IOException {
    List<String> messages = AwkwardMail.all(MADE, SEED);
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var client = new RawClient(listener.port())) {
      for (String message : messages) {
        house.append("INBOX", message.getBytes(StandardCharsets.ISO_8859_1));
      }
      client.command("LOGIN ann secret");
      client.command("ENABLE UTF8=ACCEPT");
      client.command("EXAMINE INBOX");
      for (int i = 0; i < messages.size(); i++) {
        new Fetched(client, i + 1, messages.get(i)).check();
      }
    }
  }

  /// For a client that knows no UTF-8 nothing outside ASCII is in what we write ourselves.
  @Test
  void structuresAreAsciiForWhoDoesNotKnowUtf8() throws IOException {
    List<String> messages = AwkwardMail.all(MADE, SEED + 1);
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var client = new RawClient(listener.port())) {
      for (String message : messages) {
        house.append("INBOX", message.getBytes(StandardCharsets.ISO_8859_1));
      }
      client.command("LOGIN ann secret");
      client.command("EXAMINE INBOX");
      var answer =
          client.command("FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] BODY.PEEK[])");
      assertThat(answer.ok()).as(answer.status()).isTrue();
      for (int i = 0; i < messages.size(); i++) {
        var items = answer.fetched().get(i);
        String structures = items.get("ENVELOPE") + " " + items.get("BODYSTRUCTURE");
        assertThat(structures.chars().allMatch(c -> c < 0x80)).as(structures).isTrue();
        assertThat((String) items.get("BODY[]")).startsWith((String) items.get("BODY[HEADER]"));
      }
    }
  }

  /// Eight times as much takes not much more than eight times as long.
  @Test
  void takesTimeInProportionToItsSize() {
    Map<String, IntFunction<String>> kinds =
        Map.of(
            "fields", n -> "X: y\r\n".repeat(n) + "\r\n",
            "folds", n -> "Subject: x" + "\r\n y".repeat(n) + "\r\n\r\n",
            "addresses", n -> "To: " + "\"a\" <a@b.example>, ".repeat(n) + "\r\n\r\n",
            "comments", n -> "From: " + "(".repeat(n) + "\r\n\r\n",
            "words", n -> "Subject: " + "=?utf-8?Q?a?= ".repeat(n) + "\r\n\r\n",
            "parts",
                n ->
                    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                        + "--b\r\n\r\nx\r\n".repeat(n),
            "parameters", n -> "Content-Type: a/b" + "; name*0*=x; name*1=y".repeat(n) + "\r\n\r\n",
            "nested", n -> AwkwardMail.nested(n),
            "forwarded", n -> AwkwardMail.forwarded(n),
            "borders", n -> "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--".repeat(n));
    kinds.forEach((kind, message) -> {
      long small = nanos(message.apply(2_000));
      long large = nanos(message.apply(16_000));
      assertThat(large).as(kind + ": " + small + " ns").isLessThan(30 * small + 50_000_000);
    });
  }

  private static long nanos(String message) {
    var threads = ManagementFactory.getThreadMXBean();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      try (var house = new ImapHouse()) {
        long start = threads.getCurrentThreadCpuTime();
        house.append("INBOX", message.getBytes(StandardCharsets.ISO_8859_1));
        best = Math.min(best, threads.getCurrentThreadCpuTime() - start);
      }
    }
    return best;
  }

  /// One message and all that can be asked about it.
  private record Fetched(RawClient client, int number, String message) {
    void check() throws IOException {
      var all =
          fetch(
              "(RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE PREVIEW BODY.PEEK[] BODY.PEEK[HEADER]"
                  + " BODY.PEEK[TEXT] BODY.PEEK[]<3.7> BINARY.PEEK[] BINARY.SIZE[]"
                  + " BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)] BODY.PEEK[HEADER.FIELDS.NOT (X)])");
      String about = about();
      String size = String.valueOf(message.length());
      assertThat(all.get("BODY[]")).as(about).isEqualTo(message);
      assertThat(all.get("RFC822.SIZE")).as(about).isEqualTo(size);
      assertThat(all.get("BINARY[]")).as(about).isEqualTo(message);
      assertThat(all.get("BINARY.SIZE[]")).as(about).isEqualTo(size);
      assertThat("" + all.get("BODY[HEADER]") + all.get("BODY[TEXT]")).as(about).isEqualTo(message);
      int from = Math.min(3, message.length());
      assertThat(all.get("BODY[]<3>"))
          .as(about)
          .isEqualTo(message.substring(from, Math.min(message.length(), from + 7)));
      assertThat((List<?>) all.get("ENVELOPE")).as(about).hasSize(10);
      part((List<?>) Objects.requireNonNull(all.get("BODYSTRUCTURE")), "", true);
    }

    /// `top`: the message itself, whose parts begin to count.
    private void part(List<?> part, String path, boolean top) throws IOException {
      if (part.getFirst() instanceof List<?>) {
        for (int i = 0; i < part.size() && part.get(i) instanceof List<?> child; i++) {
          part(child, path + (path.isEmpty() ? "" : ".") + (i + 1), false);
        }
        return;
      }
      String here = top ? path + (path.isEmpty() ? "1" : ".1") : path;
      var items =
          fetch(
              "(BODY.PEEK["
                  + here
                  + "] BODY.PEEK["
                  + here
                  + ".MIME] BODY.PEEK["
                  + here
                  + "]<0.4>)");
      String about = here + " of " + about();
      Object text = Objects.requireNonNull(items.get("BODY[" + here + "]"));
      String body = RawClient.NIL.equals(text) ? "" : (String) text;
      assertThat(String.valueOf(body.length())).as(about).isEqualTo(part.get(6));
      assertThat(message).as(about).contains(body);
      var binary =
          client.command(
              "FETCH " + number + " (BINARY.SIZE[" + here + "] BINARY.PEEK[" + here + "])");
      if (binary.ok()) {
        Map<String, Object> decoded = binary.fetched().getFirst();
        Object bytes = Objects.requireNonNull(decoded.get("BINARY[" + here + "]"));
        assertThat(decoded.get("BINARY.SIZE[" + here + "]"))
            .as(about)
            .isEqualTo(String.valueOf(RawClient.NIL.equals(bytes) ? 0 : ((String) bytes).length()));
      } else {
        assertThat(binary.status()).as(about).startsWith("NO [UNKNOWN-CTE]");
      }
      boolean forwarded =
          part.get(0).equals("message") && part.size() > 8 && part.get(8) instanceof List<?>;
      if (forwarded && here.length() < 40) {
        part((List<?>) part.get(8), here, true);
      }
    }

    private Map<String, Object> fetch(String items) throws IOException {
      var answer = client.command("FETCH " + number + " " + items);
      assertThat(answer.ok()).as(answer.status() + " for " + items + " of " + about()).isTrue();
      return answer.fetched().getFirst();
    }

    private String about() {
      String shown = message.length() > 2_000 ? message.substring(0, 2_000) + "…" : message;
      return "seed " + SEED + ", message " + number + ":\n" + shown;
    }
  }
}
