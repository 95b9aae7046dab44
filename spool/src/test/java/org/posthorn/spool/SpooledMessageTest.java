package org.posthorn.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Message;
import org.posthorn.message.HeaderField;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;

final class SpooledMessageTest {
  private static final String TEXT = "A: 1\r\nB: 2\r\n  folded\r\nA: 3\r\nC: 4\r\n\r\nbody\r\n";

  private static final byte[] BODY = "body\r\n".getBytes(UTF_8);

  private final ContentStore contents = new InMemoryContentStore();

  @Test
  void addsAndRemovesFieldsWithoutTouchingTheContent() {
    SpooledMessage message = message(TEXT);
    SpooledMessage changed = message.withHeader("New", "5").withoutHeaders(field -> field.is("a"));
    assertThat(text(changed)).isEqualTo("New: 5\r\nB: 2\r\n  folded\r\nC: 4\r\n\r\nbody\r\n");
    assertThat(changed.content()).isSameAs(message.content());
    assertThat(text(message)).isEqualTo(TEXT);
    assertThat(changed.withoutHeaders(field -> field.is("new")).headers())
        .containsExactly(new HeaderField("B", "2  folded"), new HeaderField("C", "4"));
  }

  @Test
  void aTextWithoutHeaderStaysOne() {
    var message =
        new SpooledMessage(
            contents,
            message("no header\r\n").content(),
            "Received: by us\r\nX: 1\r\n\r\n",
            List.of(),
            NewMail.Options.NONE);
    assertThat(text(message.withoutHeaders(field -> field.is("X"))))
        .isEqualTo("Received: by us\r\n\r\nno header\r\n");
  }

  @Test
  void nothingRemovedIsTheSameMessage() {
    SpooledMessage message = message(TEXT);
    assertThat(message.withoutHeaders(field -> field.is("X"))).isSameAs(message);
  }

  @Test
  void isPlacedWithoutCopyingUnlessFieldsWereTakenAway() {
    SpooledMessage message = message(TEXT);
    SpooledMessage.Placed placed = message.withHeader("N", "1").place("Return-Path: <>\r\n");
    assertThat(placed.content()).isSameAs(message.content());
    assertThat(placed.prefix()).isEqualTo("Return-Path: <>\r\nN: 1\r\n");
    SpooledMessage cut = message.withoutHeaders(field -> field.is("B"));
    SpooledMessage.Placed whole = cut.place("Return-Path: <>\r\n");
    assertThat(whole.content().id()).isNotEqualTo(message.content().id());
    assertThat(whole.content()).as("written once").isSameAs(cut.place("").content());
    assertThat(whole.content().sizeBytes()).isEqualTo(cut.sizeBytes());
  }

  @Test
  void whatDoesNotFitIntoARowIsWrittenDown() {
    SpooledMessage message = message(TEXT);
    assertThat(message.withHeader("N", "1").compact().prefix()).isNotEmpty();
    SpooledMessage large = message;
    for (int i = 0; i < 20; i++) {
      large = large.withHeader("Long", "word ".repeat(100));
    }
    SpooledMessage compact = large.compact();
    assertThat(compact.prefix()).isEmpty();
    assertThat(text(compact)).isEqualTo(text(large));
    var many = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      many.append(i % 2 == 0 ? "Odd: 1\r\n" : "Even: 2\r\n");
    }
    SpooledMessage holes = message(many + "\r\n").withoutHeaders(field -> field.is("odd"));
    assertThat(holes.cuts()).hasSize(500);
    assertThat(holes.compact().cuts()).isEmpty();
    assertThat(text(holes.compact())).isEqualTo("Even: 2\r\n".repeat(500) + "\r\n");
  }

  @Test
  void refusesFieldsThatWouldBreakTheHeader() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> message(TEXT).withHeader("X", "a\r\nBcc: all@example.org"));
    assertThatIllegalArgumentException().isThrownBy(() -> message(TEXT).withHeader("X Y", "a"));
  }

  /// Random changes side by side with a message that copies everything.
  @Test
  void behavesLikeAMessageInOnePiece() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      String text = randomText(random);
      Message rope = message(text);
      Message plain = HeapMessage.of(text.getBytes(UTF_8));
      for (int change = random.nextInt(6); change > 0; change--) {
        String name = String.valueOf((char) ('A' + random.nextInt(4)));
        if (random.nextInt(3) == 0) {
          byte[] header = edited(plain, random);
          rope = rope.withHeaderBytes(header);
          plain = plain.withHeaderBytes(header);
        } else if (random.nextBoolean()) {
          String value = "added " + random.nextInt(100) + " ü";
          rope = rope.withHeader(name, value);
          plain = plain.withHeader(name, value);
        } else {
          Predicate<HeaderField> matching =
              field -> field.is(name) && field.value().hashCode() % 2 == 0;
          rope = rope.withoutHeaders(matching);
          plain = plain.withoutHeaders(matching);
        }
      }
      byte[] expected = bytes(plain);
      assertThat(bytes(rope)).as("seed " + seed).isEqualTo(expected);
      assertThat(oneByOne(rope)).as("seed " + seed).isEqualTo(expected);
      assertThat(rope.sizeBytes()).as("seed " + seed).isEqualTo(expected.length);
      assertThat(rope.headers()).as("seed " + seed).isEqualTo(plain.headers());
      assertThat(rope.structure().root().bodyStart())
          .as("seed " + seed)
          .isEqualTo(StructureScanner.scan(expected).root().bodyStart());
      assertThat(rope.structure().sizeBytes()).as("seed " + seed).isEqualTo(expected.length);
    }
  }

  /// The header with one field more, less or changed, anywhere.
  private static byte[] edited(Message message, Random random) throws IOException {
    int end = (int) message.structure().root().bodyStart();
    byte[] header = Arrays.copyOf(bytes(message), end);
    List<Headers.Placed> fields = Headers.read(header);
    if (fields.isEmpty()) {
      return header;
    }
    Headers.Placed field = fields.get(random.nextInt(fields.size()));
    int from = (int) field.start();
    int to = random.nextBoolean() ? from : (int) field.end();
    var out = new ByteArrayOutputStream();
    out.write(header, 0, from);
    if (to == from || random.nextBoolean()) {
      out.writeBytes(("D: edited " + random.nextInt(9) + "\r\n").getBytes(UTF_8));
    }
    out.write(header, to, end - to);
    return out.toByteArray();
  }

  @Test
  void aHeaderIsChangedWithoutCopyingTheBody() throws IOException {
    SpooledMessage message = message(TEXT).withHeader("Received", "by us");
    SpooledMessage above = spooled(message, "Received: by us\r\nX: 1\r\nA: 1\r\n");
    assertThat(above.content()).isSameAs(message.content());
    assertThat(above.cuts()).as("what was there stays the content's").isEmpty();
    assertThat(above.prefix()).isEqualTo("Received: by us\r\nX: 1\r\n");

    SpooledMessage within = spooled(message, "Received: by us\r\nA: 2\r\n");
    assertThat(within.content()).isSameAs(message.content());
    assertThat(within.prefix()).isEqualTo("Received: by us\r\nA: 2\r\n");
    assertThat(within.cuts()).hasSize(1);

    byte[] latin1 = "X: \u00fc\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(bytes(message.withHeaderBytes(latin1))).startsWith(latin1).endsWith(BODY);
  }

  /// With `begin` in the place of its first two fields.
  private static SpooledMessage spooled(SpooledMessage message, String begin) throws IOException {
    String rest = TEXT.substring(TEXT.indexOf("B: 2"), TEXT.indexOf("body"));
    SpooledMessage changed =
        (SpooledMessage) message.withHeaderBytes((begin + rest).getBytes(UTF_8));
    assertThat(text(changed)).isEqualTo(begin + rest + "body\r\n");
    return changed;
  }

  @Test
  void takesOtherBytes() throws IOException {
    SpooledMessage other =
        message(TEXT)
            .withHeader("N", "1")
            .withBytes(new ByteArrayInputStream("X: y\r\n\r\n".getBytes(UTF_8)));
    assertThat(text(other)).isEqualTo("X: y\r\n\r\n");
  }

  private static String randomText(Random random) {
    List<String> lines = new ArrayList<>();
    for (int i = random.nextInt(8); i > 0; i--) {
      lines.add((char) ('A' + random.nextInt(4)) + ": v" + random.nextInt(50));
      if (random.nextInt(3) == 0) {
        lines.add("  more " + random.nextInt(50));
      }
    }
    if (!lines.isEmpty() && lines.getFirst().startsWith(" ")) {
      lines.removeFirst();
    }
    lines.addFirst("Z: first");
    lines.add("");
    lines.add("body " + "x".repeat(random.nextInt(5_000)));
    return String.join("\r\n", lines) + "\r\n";
  }

  private SpooledMessage message(String text) {
    return SpooledMessages.of(contents, text.getBytes(UTF_8));
  }

  private static String text(Message message) {
    try {
      return new String(bytes(message), UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(Message message) throws IOException {
    try (InputStream in = message.open()) {
      return in.readAllBytes();
    }
  }

  private static byte[] oneByOne(Message message) throws IOException {
    var out = new ByteArrayOutputStream();
    try (InputStream in = message.open()) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        out.write(b);
      }
    }
    return out.toByteArray();
  }
}
