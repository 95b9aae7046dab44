package org.posthorn.mailets.match;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.mailets.match.Mailbag.mail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Mail;

/// Matchers that look at the message.
final class MessageMatchersTest {
  private final Mailbag bag = new Mailbag();

  @Test
  void subjectsAreReadAsPeopleSeeThem() {
    Mail mail = mail("Subject: =?utf-8?q?R=C3=BCckruf?=\n 17\n\n");
    assertThat(bag.chooses("SubjectIs", Map.of("texts", List.of("x", "RÜCKRUF 17")), mail))
        .isTrue();
    assertThat(bag.chooses("SubjectIs", Map.of("texts", "rückruf"), mail)).isFalse();
    assertThat(bag.chooses("SubjectStartsWith", Map.of("texts", "rückruf"), mail)).isTrue();
    assertThat(bag.chooses("SubjectStartsWith", Map.of("texts", "ruf"), mail)).isFalse();
    assertThat(bag.chooses("SubjectMatches", Map.of("pattern", "RUF [0-9]+$"), mail)).isTrue();
    assertThat(bag.chooses("SubjectMatches", Map.of("pattern", "^[0-9]"), mail)).isFalse();
    assertThat(bag.chooses("SubjectStartsWith", Map.of("texts", "a"), mail("\n"))).isFalse();
  }

  @Test
  void fieldsAreMatchedByPatternPrefixNumberAndAddress() {
    Mail mail =
        mail(
            """
            Received: a
            Received: b
            From: Ann <ann@example.com>
            X-Score: -5.25 / 15
            X-Score: none
            X-Originating-IP: [192.0.2.9]
            X-Other: example.org

            """);
    assertThat(bag.chooses("HeaderMatches", Map.of("name", "from", "pattern", "[.]com>$"), mail))
        .isTrue();
    assertThat(bag.chooses("HeaderMatches", Map.of("name", "to", "pattern", ""), mail)).isFalse();
    assertThat(bag.chooses("HasHeaderWithPrefix", Map.of("prefix", "x-orig"), mail)).isTrue();
    assertThat(bag.chooses("HasHeaderWithPrefix", Map.of("prefix", "y-"), mail)).isFalse();
    assertThat(isOver("-6", mail)).isTrue();
    assertThat(isOver("-5.25", mail)).isFalse();
    assertThat(bag.chooses("HeaderNumberUnder", Map.of("name", "X-Score", "number", "-5"), mail))
        .isTrue();
    bag.refuses("HeaderNumberOver", Map.of("name", "X", "number", "NaN"), "'number' should be");
    assertThat(isFrom("X-Originating-IP", mail)).isTrue();
    assertThat(isFrom("X-Other", mail)).isFalse();
    assertThat(bag.chooses("HopsOver", Map.of("count", "1"), mail)).isTrue();
    assertThat(bag.chooses("HopsOver", Map.of("count", "2"), mail)).isFalse();
  }

  private boolean isOver(String number, Mail mail) {
    return bag.chooses("HeaderNumberOver", Map.of("name", "X-Score", "number", number), mail);
  }

  private boolean isFrom(String name, Mail mail) {
    return bag.chooses("HeaderAddressIs", Map.of("name", name, "networks", "192.0.2.0/24"), mail);
  }

  @Test
  void typesAreThoseOfTheMessageOrOfItsParts() {
    Mail mail = withFile("Content-Type: Image/PNG; name=a.png\n", "x");
    assertThat(bag.chooses("HasMimeType", Map.of("types", "image/*"), mail)).isFalse();
    assertThat(bag.chooses("HasMimeType", Map.of("types", "multipart/MIXED"), mail)).isTrue();
    assertThat(bag.chooses("PartHasMimeType", Map.of("types", "image/*"), mail)).isTrue();
    assertThat(bag.chooses("PartHasMimeType", Map.of("types", "image/gif"), mail)).isFalse();
    bag.refuses("HasMimeType", Map.of("types", "image"), "'types' is 'image'");
    assertThat(bag.chooses("HasAttachment", mail)).isTrue();
    assertThat(bag.chooses("HasAttachment", mail("\ntext\n"))).isFalse();
    assertThat(bag.chooses("HasMimeParameter", Map.of("name", "Boundary", "value", "B"), mail))
        .isTrue();
    assertThat(bag.chooses("HasMimeParameter", Map.of("name", "charset"), mail)).isFalse();
    assertThat(bag.chooses("LinesOver", Map.of("count", "2"), mail("\n1\n2\n"))).isFalse();
    assertThat(bag.chooses("LinesOver", Map.of("count", "1"), mail("\n1\n2\n"))).isTrue();
  }

  @Test
  void signedAndEncryptedMessagesAreTold() {
    Mail signed = mail("Content-Type: multipart/signed; boundary=b\n\n--b\n\n--b--\n");
    Mail opaque = mail("Content-Type: application/pkcs7-mime; smime-type=Signed-Data\n\n");
    Mail sealed = mail("Content-Type: application/pkcs7-mime; name=smime.p7m\n\n");
    Mail pgp = mail("Content-Type: multipart/encrypted; boundary=b\n\n--b\n\n--b--\n");
    assertThat(List.of(signed, opaque, sealed, pgp).stream().map(m -> bag.chooses("IsSigned", m)))
        .containsExactly(true, true, false, false);
    assertThat(
            List.of(signed, opaque, sealed, pgp).stream().map(m -> bag.chooses("IsEncrypted", m)))
        .containsExactly(false, false, true, true);
  }

  @Test
  void mailOfListsAndMachinesIsTold() {
    for (String field : List.of("List-Id: <a.b>", "Precedence: List", "List-Post: NO")) {
      assertThat(bag.chooses("IsFromList", mail(field + "\n\n"))).as(field).isTrue();
      assertThat(bag.chooses("IsAutomatic", mail(field + "\n\n"))).as(field).isTrue();
    }
    for (String field :
        List.of(
            "Auto-Submitted: auto-replied; owner-email=\"a@b.c\"",
            "Precedence: bulk",
            "X-Auto-Response-Suppress: DR, OOF",
            "Content-Type: multipart/report; boundary=x")) {
      assertThat(bag.chooses("IsAutomatic", mail(field + "\n\n"))).as(field).isTrue();
      assertThat(bag.chooses("IsFromList", mail(field + "\n\n"))).as(field).isFalse();
    }
    for (String field :
        List.of("Auto-Submitted: No (honest)", "Subject: x", "Precedence: normal")) {
      assertThat(bag.chooses("IsAutomatic", mail(field + "\n\n"))).as(field).isFalse();
    }
    assertThat(bag.chooses("IsAutomatic", mail("\n").withSender(Optional.empty()))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "filename=run.EXE",
        "filename=\"C:\\\\tmp\\\\run.exe\"",
        "filename=\"../run.exe. . \"",
        "filename*=utf-8''run%2Eexe",
        "filename=\"=?utf-8?b?cnVuLmV4ZQ==?=\"",
        "filename*=utf-8''run.e%E2%80%AExe",
        "filename*0=run.; filename*1=exe",
        "filename=run.exe; filename*=utf-8''run.e.txt",
        "filename=run.x; filename=run.exe"
      })
  void filesAreFoundByTheNameThatTheReaderGets(String parameter) {
    Mail mail = withFile("Content-Disposition: attachment; " + parameter + "\n", "x");
    assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), mail)).isTrue();
    assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "r?n.*"), mail)).isTrue();
    assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "exe"), mail)).isFalse();
  }

  @Test
  void bothNamesOfAPartCountAndThoseOfMessagesInside() {
    Mail two =
        withFile("Content-Type: a/b; name=x.js\nContent-Disposition: inline; filename=x.txt\n", "");
    Mail inside =
        withFile("Content-Type: message/rfc822\n", "Content-Type: a/b; name=x.js\n\nbody\n");
    for (Mail mail : List.of(two, inside)) {
      assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.js"), mail)).isTrue();
    }
  }

  private static final Map<String, Map<String, ?>> OF_PARTS =
      Map.of(
          "HasAttachment",
          Map.of(),
          "PartHasMimeType",
          Map.of("types", "image/png"),
          "AttachmentNameMatches",
          Map.of("names", "*.exe"));

  @Test
  void manyAddressesHideNoPart() throws IOException {
    Mail file = withFile("Content-Type: image/png; name=a.exe\n", "strictly secret");
    OF_PARTS.forEach((name, parameters) -> {
      assertThat(bag.chooses(name, parameters, mail(Mailbag.crowd() + file.message()))).isTrue();
      assertThat(bag.chooses(name, parameters, mail(Mailbag.crowd() + "\ntext\n"))).isFalse();
    });
    Mail text = withFile("Content-Transfer-Encoding: base64\n", "c2VjcmV0\n");
    assertThat(hasText("secret", mail(Mailbag.crowd() + text.message()))).isTrue();
    Mail archives = withArchives(List.of(zip("run.exe")));
    Map<String, ?> deep = Map.of("names", "*.exe", "in-zip", "true");
    assertThat(
            bag.chooses("AttachmentNameMatches", deep, mail(Mailbag.crowd() + archives.message())))
        .isTrue();
  }

  /// They cannot be ruled out.
  @Test
  void mailWithMorePartsThanCanBeSeenIsChosenByNameAndType() {
    Mail many = mail("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n".repeat(30_000));
    var nested = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      nested.append("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n".formatted(i, i));
    }
    Mail deep = mail(nested + "Content-Type: image/png; name=a.exe\n\nx\n");
    for (Mail mail : List.of(many, deep)) {
      OF_PARTS.forEach(
          (name, parameters) -> assertThat(bag.chooses(name, parameters, mail)).as(name).isTrue());
    }
  }

  /// A forwarded message has the header of all the servers that it came through.
  @Test
  void aLongHeaderInsideHidesNothingAndSaysNothing() {
    String trace = "Received: from a\n by b; today\n".repeat(1_000);
    for (String name : List.of("run.exe", "run.txt")) {
      Mail mail =
          withFile(
              "Content-Type: message/rfc822\n",
              trace + "Content-Type: a/b; name=" + name + "\n\nx");
      assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), mail))
          .isEqualTo(name.endsWith("exe"));
      Mail encoded =
          withFile(
              "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n",
              Base64.getMimeEncoder()
                  .encodeToString(
                      (trace + "Content-Type: a/b; name=" + name + "\n\nx").getBytes(UTF_8)));
      assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), encoded))
          .isEqualTo(name.endsWith("exe"));
    }
  }

  /// More fields than are read may hide one about the content.
  @Test
  void manyFieldsInsideHideNothing() {
    Mail mail =
        withFile(
            "Content-Type: message/rfc822\n",
            "a:\n".repeat(10_000)
                + "Content-Type: a/b; x="
                + "x".repeat(17_000)
                + "; name=run.exe\n\nx");
    assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), mail)).isTrue();
  }

  /// Each is read for itself, so there are not to be many.
  @Test
  void whoeverHidesManyMessagesUnderATransferEncodingIsChosen() {
    String part =
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + Base64.getMimeEncoder().encodeToString("Subject: x\n\nx".getBytes(UTF_8))
            + "\n";
    for (int count : new int[] {5, 100}) {
      Mail mail =
          withFile(
              "Content-Type: multipart/mixed; boundary=many\n",
              ("--many\n" + part).repeat(count) + "--many--\n");
      assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), mail))
          .as("%d", count)
          .isEqualTo(count == 100);
    }
  }

  @Test
  void messagesUnderATransferEncodingAreLookedInto() {
    for (String name : List.of("run.exe", "run.txt")) {
      Mail inside = withFile("Content-Type: image/png; name=" + name + "\n", "x");
      String encoded =
          Base64.getMimeEncoder().encodeToString(inside.message().toString().getBytes(UTF_8));
      Mail mail =
          withFile("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n", encoded);
      assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), mail))
          .isEqualTo(name.endsWith("exe"));
      assertThat(bag.chooses("PartHasMimeType", Map.of("types", "image/png"), mail)).isTrue();
      assertThat(bag.chooses("PartHasMimeType", Map.of("types", "image/gif"), mail)).isFalse();
    }
  }

  @Test
  void namesInArchivesAreFoundOnlyWhenAskedFor() throws IOException {
    byte[] zip = zip("readme.txt", "sub/Run.EXE");
    Mail mail = withArchives(List.of("none".getBytes(UTF_8), zip));
    Map<String, ?> deep = Map.of("names", "*.exe", "in-zip", "true");
    assertThat(bag.chooses("AttachmentNameMatches", Map.of("names", "*.exe"), mail)).isFalse();
    assertThat(bag.chooses("AttachmentNameMatches", deep, mail)).isTrue();
    assertThat(bag.chooses("AttachmentNameMatches", deep, withArchives(List.of(zip("a", "b")))))
        .isFalse();
    byte[] cut = Arrays.copyOf(zip, zip.length - 30);
    assertThat(bag.chooses("AttachmentNameMatches", deep, withArchives(List.of(cut)))).isTrue();
  }

  @Test
  void aNameIsFoundWhereverItStandsInALargeArchive() throws IOException {
    for (int before : new int[] {262_000, 262_120, 262_140, 262_180, 196_600, 1_000_000}) {
      byte[] zip = zip("run.exe");
      byte[] large = new byte[before + zip.length];
      large[0] = 'P';
      large[1] = 'K';
      System.arraycopy(zip, 0, large, before, zip.length);
      var names = new ArrayList<String>();
      var _ = new ZipNames(name -> !names.add(name)).isIn(new ByteArrayInputStream(large));
      assertThat(names).as("at %d", before).containsExactly("run.exe", "run.exe");
    }
  }

  @Test
  void anArchiveOfNothingButHeadersIsReadWithinLimits() throws IOException {
    byte[] hostile = new byte[20 << 20];
    for (int i = 0; i < hostile.length; i += 4) {
      hostile[i] = 'P';
      hostile[i + 1] = 'K';
      hostile[i + 2] = 3;
      hostile[i + 3] = 4;
    }
    var names = new ArrayList<String>();
    assertThat(new ZipNames(name -> !names.add(name)).isIn(new ByteArrayInputStream(hostile)))
        .isFalse();
    assertThat(names).hasSize(ZipNames.NAMES_MAX).allMatch(n -> n.length() <= ZipNames.NAME_MAX);
  }

  @Test
  void textsAreReadDecodedLineByLineAndWithinLimits() {
    Mail mail =
        withFile(
            "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n",
            "one\nStreng geheim: M=FCll=\ner 17\n");
    assertThat(hasText("^streng .*müller 17$", mail)).isTrue();
    assertThat(hasText("one.*streng", mail)).isFalse();
    assertThat(hasText("streng", withFile("Content-Type: image/png\n", "Streng"))).isFalse();
    assertThat(hasText("secret", mail("\n" + "x".repeat(1_999) + "secret\n"))).isTrue();
    String megabyte = "line of text\n".repeat(81_000);
    assertThat(hasText(".*secret", mail("\n" + megabyte + "secret\n"))).isFalse();
    assertThatThrownBy(() -> hasText(".*e.*e.*e.*y", mail("\n" + "e".repeat(100_000))))
        .hasMessageContaining("takes too long");
  }

  private boolean hasText(String pattern, Mail mail) {
    return bag.chooses("TextMatches", Map.of("pattern", pattern), mail);
  }

  private static byte[] zip(String... names) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write("content of a file".repeat(20).getBytes(UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  private static Mail withArchives(List<byte[]> files) {
    var text = new StringBuilder("Content-Type: multipart/mixed; boundary=b\n\n");
    for (byte[] file : files) {
      text.append("--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n")
          .append(Base64.getMimeEncoder().encodeToString(file))
          .append("\n");
    }
    return mail(text + "--b--\n");
  }

  private static Mail withFile(String header, String body) {
    return mail(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n%s\n%s\n--b--\n"
            .formatted(header, body));
  }
}
