package org.posthorn.message.mime;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Each message is scanned whole and again one byte at a time; both must give the same, and so must
/// the stored form.
final class StructureScannerTest {
  @Test
  void seesTheHeaderAndBodyOfAPlainMessage() {
    String message =
        """
        From: Ann <ann@example.org>
        To: bob@example.org
        Subject: Lunch
        Date: Sun, 22 Nov 2026 12:00:00 +0000
        Message-ID: <1@example.org>

        Shall we?
        Noon.
        """;

    MessageStructure structure = scan(message);

    Part root = structure.root();
    assertThat(root.headerStart()).isZero();
    assertThat(text(message, root)).isEqualTo("Shall we?\r\nNoon.\r\n");
    assertThat(root.bodyLines()).isEqualTo(2);
    assertThat(root.type() + "/" + root.subtype()).isEqualTo("text/plain");
    assertThat(structure.preview()).isEqualTo("Shall we? Noon.");
    assertThat(structure.hasAttachment()).isFalse();
    assertThat(structure.references()).isEmpty();
    assertThat(structure.related()).containsExactly("<1@example.org>");
    Envelope envelope = structure.envelope();
    assertThat(envelope.subject()).contains("Lunch");
    assertThat(envelope.from()).containsExactly(address("Ann", "ann", "example.org"));
    assertThat(envelope.to()).containsExactly(address(null, "bob", "example.org"));
    assertThat(envelope.cc()).isEmpty();
    assertThat(envelope.sender()).isEmpty();
  }

  @Test
  void givesTheLineBreakBeforeADelimiterToTheDelimiter() {
    String message =
        """
        Content-Type: multipart/mixed; boundary="b"

        preamble
        --b

        one
        --b
        Content-Type: text/html

        <p>two</p>

        --b--
        epilogue
        """;

    MessageStructure structure = scan(message);

    assertThat(bodies(message, structure.root())).containsExactly("one", "<p>two</p>\r\n");
    assertThat(structure.root().children().get(0).bodyLines()).isZero();
    assertThat(structure.root().children().get(1).bodyLines()).isEqualTo(1);
    assertThat(text(message, structure.root())).startsWith("preamble").endsWith("epilogue\r\n");
  }

  @Test
  void isNotConfusedByABoundaryThatBeginsAnother() {
    String message =
        """
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: multipart/alternative; boundary=bb

        --bb

        inner
        --bb--
        --b

        outer
        --bx
        --b--x
        --b--
        """;

    MessageStructure structure = scan(message);

    List<Part> parts = structure.root().children();
    assertThat(parts).hasSize(2);
    assertThat(bodies(message, parts.getFirst())).containsExactly("inner");
    assertThat(text(message, parts.getLast())).isEqualTo("outer\r\n--bx\r\n--b--x");
  }

  @Test
  void endsInnerPartsWhereAnOuterDelimiterComes() {
    String message =
        """
        Content-Type: multipart/mixed; boundary=outer

        --outer
        Content-Type: multipart/alternative; boundary=inner

        --inner

        never ended
        --outer

        second
        """;

    MessageStructure structure = scan(message);

    List<Part> parts = structure.root().children();
    assertThat(parts).hasSize(2);
    assertThat(bodies(message, parts.getFirst())).containsExactly("never ended");
    assertThat(text(message, parts.getLast())).isEqualTo("second\r\n");
  }

  @Test
  void opensAnAttachedMessage() {
    String message =
        """
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: message/rfc822

        Subject: inside
        Content-Type: multipart/digest; boundary=d

        --d

        Subject: in the digest

        deep
        --d--
        --b--
        """;

    MessageStructure structure = scan(message);

    Part attached = structure.root().children().getFirst();
    assertThat(attached.isMessage()).isTrue();
    assertThat(attached.envelope()).isEmpty();
    Part inside = attached.children().getFirst();
    assertThat(inside.headerStart()).isEqualTo(attached.bodyStart());
    assertThat(inside.bodyEnd()).isEqualTo(attached.bodyEnd());
    assertThat(inside.envelope().orElseThrow().subject()).contains("inside");
    Part digested = inside.children().getFirst();
    assertThat(digested.isMessage()).isTrue();
    assertThat(text(message, digested.children().getFirst())).isEqualTo("deep");
    assertThat(digested.children().getFirst().envelope().orElseThrow().subject())
        .contains("in the digest");
    assertThat(structure.hasAttachment()).isTrue();
  }

  @Test
  void takesATextWithoutHeaderAsBody() {
    MessageStructure structure = scan("no header at all\nsecond line\n");

    assertThat(structure.root().bodyStart()).isZero();
    assertThat(structure.root().bodyLines()).isEqualTo(2);
    assertThat(structure.preview()).isEqualTo("no header at all second line");
  }

  @Test
  void takesAHeaderWithoutEndAsHeader() {
    String message = "Subject: only\nFrom: a@b.example";

    MessageStructure structure = scan(message);

    assertThat(structure.root().bodyStart()).isEqualTo(wire(message).length);
    assertThat(structure.root().bodyBytes()).isZero();
    assertThat(structure.envelope().subject()).contains("only");
    assertThat(structure.envelope().from()).hasSize(1);
  }

  @Test
  void joinsContinuedParametersAndReadsTheirCharset() {
    MessageStructure structure =
        scan(
            """
            Content-Type: application/pdf; name="plain.pdf";
             name*0*=iso-8859-1'de'R%FCck;
             name*1=" und vor.pdf"
            Content-Disposition: ATTACHMENT; filename*=utf-8''%e2%82%ac.pdf

            x
            """);

    Part root = structure.root();
    assertThat(root.parameters()).containsEntry("name", "Rück und vor.pdf");
    assertThat(root.fileNames()).containsExactly("€.pdf", "Rück und vor.pdf", "plain.pdf");
    assertThat(root.disposition())
        .contains(new Part.Disposition("attachment", Map.of("filename", "€.pdf")));
    assertThat(structure.hasAttachment()).isTrue();
  }

  /// RFC 5322 §3.6 allows one field of each name; whom the others name is not left out.
  @Test
  void readsTheAddressesOfAllFieldsOfAName() {
    Envelope envelope =
        scan("""
        From: ann@example.org
        To: "broken <bob@example.org>
        Subject: one
        to: cyd@example.org,
        Cc: team: dan@example.org
        Subject: two
        TO:
        Cc: eve@example.org
        From: fay@example.org
        To: gus@example.org

        x
        """)
            .envelope();

    assertThat(envelope.from())
        .containsExactly(address(null, "ann", "example.org"), address(null, "fay", "example.org"));
    assertThat(envelope.to())
        .endsWith(address(null, "cyd", "example.org"), address(null, "gus", "example.org"))
        .hasSize(3);
    assertThat(envelope.cc()).endsWith(address(null, "eve", "example.org")).hasSize(4);
    assertThat(envelope.subject()).contains("one");
  }

  @Test
  void keepsAnEndOfAddressesInManyFields() {
    String message = "To: a@b.example\n".repeat(100_000) + "\nx\n";

    assertThat(StructureScanner.scan(wire(message)).envelope().to()).hasSizeBetween(100, 5_000);
  }

  @Test
  void tellsAllRecipientsAndAllPartsOfALargeMail() {
    String message =
        "To: %s\nCc: %s\nBcc: %s\nContent-Type: multipart/mixed; boundary=b\n\n"
                .formatted(addresses("to", 400), addresses("cc", 400), addresses("bcc", 200))
            + attachments(350)
            + "--b--\n";

    MessageStructure structure = scan(message);

    assertThat(structure.envelope().to()).hasSize(400);
    assertThat(structure.envelope().cc()).hasSize(400);
    assertThat(structure.envelope().bcc()).hasSize(200);
    List<Part> parts = structure.root().children();
    assertThat(parts).hasSize(350);
    assertThat(text(message, parts.getLast())).isEqualTo("ZmlsZQ==");
  }

  /// Half an address may be that of a stranger.
  @Test
  void leavesNoHalfAddressAtTheEndOfAListThatIsTooLong() {
    for (int padding = 0; padding < 40; padding += 3) {
      String name = "P".repeat(padding);
      List<Envelope.Address> plain =
          scan("To: " + name + " <p@q.example>,\n " + addresses("a", 4_000) + "\n\nx\n")
              .envelope()
              .to();
      List<Envelope.Address> grouped =
          scan(("Cc: team" + name + ": ")
                  + "\"Doe, J\" (a, b) <jo@example.com>, ".repeat(4_000)
                  + ";\n\nx\n")
              .envelope()
              .cc();

      assertThat(plain).hasSizeGreaterThan(1_000);
      assertThat(plain.subList(1, plain.size()))
          .allMatch(address -> address.host().equals(Optional.of("example.com")));
      assertThat(grouped).hasSizeGreaterThan(800);
      assertThat(grouped.subList(1, grouped.size() - 1))
          .containsOnly(address("Doe, J", "jo", "example.com"));
      assertThat(grouped.getLast().mailbox()).isEmpty();
    }
  }

  /// RFC 2045 §5.2: what is nothing else is plain text.
  @Test
  void takesAMultipartWithoutPartsForAText() {
    for (String type : List.of("multipart/alternative", "multipart/mixed; boundary=y")) {
      String message = "Content-Type: " + type + "\n\nzebra one\n--x\nsecond\n";

      MessageStructure structure = scan(message);

      Part root = structure.root();
      assertThat(root.children()).isEmpty();
      assertThat(root.shownParts()).hasSize(1);
      Part shown = root.shownParts().getFirst();
      assertThat(shown.is("text/plain")).isTrue();
      assertThat(text(message, shown)).isEqualTo("zebra one\r\n--x\r\nsecond\r\n");
      assertThat(shown.bodyLines()).isEqualTo(3);
      assertThat(shown.headerStart()).isEqualTo(shown.bodyStart());
      assertThat(structure.preview()).isEqualTo("zebra one --x second");
    }
  }

  /// What stands before the first part is for old programs.
  @Test
  void showsNothingOfWhatIsBeforeAndBehindTheParts() {
    MessageStructure structure =
        scan(
            """
            Content-Type: multipart/mixed; boundary=b

            preamble
            --b
            Content-Type: image/png

            x
            --b--
            epilogue
            """);

    assertThat(structure.preview()).isEmpty();
    assertThat(structure.root().shownParts()).isEqualTo(structure.root().children());
    assertThat(structure.root().children().getFirst().shownParts()).isEmpty();
  }

  /// RFC 2045 §5.1, RFC 822 §3.1.4: comments stand wherever a space may.
  @Test
  void passesOverCommentsAroundParameters() {
    MessageStructure structure =
        scan(
            """
            Content-Type: text/html (really); (old) charset (c) = utf-8 (c); ((a) b) name="x (y)"

            x
            """);

    assertThat(structure.root().subtype()).isEqualTo("html");
    assertThat(structure.root().parameters())
        .isEqualTo(Map.of("charset", "utf-8", "name", "x (y)"));
  }

  @Test
  void movesBehindAPrefix() {
    String message = "Subject: old\nTo: a@b.example\n\nx\n";
    String prefix = "Received: from x\r\nSubject: new\r\n";

    MessageStructure moved = StructureScanner.scan(wire(message)).behind(prefix);

    byte[] whole =
        (prefix + new String(wire(message), StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    assertThat(moved).isEqualTo(StructureScanner.scan(whole));
    assertThat(moved.envelope().subject()).contains("new");
  }

  private static String addresses(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "%s.number%04d@example.com".formatted(name, i))
        .collect(joining(",\n "));
  }

  private static String attachments(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            """
            --b
            Content-Type: application/pdf; name="f%d.pdf"
            Content-Disposition: attachment; filename="f%d.pdf"
            Content-Transfer-Encoding: base64

            ZmlsZQ==
            """
                .formatted(i, i))
        .collect(joining());
  }

  private static Envelope.Address address(
      @org.jspecify.annotations.Nullable String name, String mailbox, String host) {
    return new Envelope.Address(
        Optional.ofNullable(name), Optional.empty(), Optional.of(mailbox), Optional.of(host));
  }

  private static List<String> bodies(String message, Part part) {
    return part.children().stream().map(child -> text(message, child)).toList();
  }

  private static String text(String message, Part part) {
    return new String(
        wire(message), (int) part.bodyStart(), (int) part.bodyBytes(), StandardCharsets.UTF_8);
  }

  private static byte[] wire(String message) {
    return message.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
  }

  private static MessageStructure scan(String message) {
    byte[] bytes = wire(message);
    MessageStructure structure = StructureScanner.scan(bytes);
    StructureScanner trickled = new StructureScanner();
    for (int i = 0; i < bytes.length; i++) {
      trickled.update(bytes, i, 1);
    }
    assertThat(trickled.finish()).isEqualTo(structure);
    assertThat(StructureCodec.decode(StructureCodec.encode(structure))).isEqualTo(structure);
    return structure;
  }
}
