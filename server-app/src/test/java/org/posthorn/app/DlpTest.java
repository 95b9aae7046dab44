package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// What must not leave, in attachments: with the program that reads documents as it is installed.
@Timeout(120)
final class DlpTest {
  private static final String CHAIN =
      """
      root:
        steps:
          - match: not RecipientIsLocal
            mailet: Dlp
            domains: [example.org]
            content: {card-number: "\\\\b[0-9]{4}([ -]?[0-9]{4}){3}\\\\b"}
            explanations: {card-number: Card numbers do not leave the house}
            unreadable: hold
            processor: out
        at-end: out
      out: {at-end: drop}
      local: {at-end: drop}
      bounces: {at-end: drop}
      dead-letters: {at-end: keep}
      """;

  @TempDir Path data;

  private static byte[] zip(String name, byte[] file) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(file);
    }
    return bytes.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private String fate(String name, byte[] file) throws IOException {
    Path eml = data.resolve("trial.eml");
    Files.writeString(
        eml,
        """
        Subject: %s
        Content-Type: multipart/mixed; boundary=b

        --b

        See the attachment.
        --b
        Content-Type: application/octet-stream; name="%s"
        Content-Transfer-Encoding: base64

        %s
        --b--
        """
            .formatted(name, name, Base64.getMimeEncoder().encodeToString(file)));
    return InProcess.run(
            "chain",
            "test",
            eml.toString(),
            "--from",
            "ann@example.org",
            "--to",
            "x@far.example",
            "--data",
            data.toString())
        .out();
  }

  @Test
  void looksIntoDocumentsAndArchives() throws IOException {
    Files.writeString(data.resolve("chain.yaml"), CHAIN);
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "chain-file: chain.yaml\n");
    try (TestServer _ = TestServer.start(data, Optional.of(config)).withUsers("ann")) {
      byte[] pdf = bytes(AttachmentJourneyTest.pdf("Card 1234 5678 1234 5678"));
      assertThat(fate("offer.pdf", pdf)).contains("rule card-number (offer.pdf): Card numbers");
      byte[] letter =
          zip(
              "word/document.xml",
              bytes("<w xmlns:w='w'><w:p><w:t>1234-5678-</w:t><w:t>1234-5678</w:t></w:p></w>"));
      assertThat(fate("letter.docx", letter)).contains("rule card-number (letter.docx)");
      assertThat(fate("all.zip", zip("offer.pdf", pdf))).contains("rule card-number (all.zip)");
      assertThat(fate("clean.zip", zip("a.pdf", bytes(AttachmentJourneyTest.pdf("Hello")))))
          .contains("x@far.example", "at the end of out")
          .doesNotContain("DLP");
      byte[] locked = zip("a.txt", bytes("secret"));
      locked[6] |= 1; // The flag of the first file: encrypted.
      assertThat(fate("locked.zip", locked)).contains("could not look into locked.zip: encrypted");
      assertThat(fate("broken.pdf", bytes("%PDF-1.4 nothing")))
          .contains("could not look into broken.pdf: damaged");
    }
  }
}
