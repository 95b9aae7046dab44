package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TagListTest {
  @Test
  void readsTagsWithFoldedValues() throws DkimSyntaxException {
    TagList tags =
        TagList.read(" v=1 ;\r\n a = rsa-sha256; h=From : To:\r\n\tsubject; b= ab\r\n cd==;x=");
    assertThat(tags.required("a")).isEqualTo("rsa-sha256");
    assertThat(tags.isFirst("v")).isTrue();
    assertThat(tags.list("h")).containsExactly("From", "To", "subject");
    assertThat(tags.base64("b")).isEqualTo("abcd==");
    assertThat(tags.find("x")).contains("");
    assertThat(tags.has("B")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ";",
        "=1",
        "a",
        "a=1; a=2",
        "1a=1",
        "a=1;;b=2",
        "a=\u0000",
        "a b=1",
        "a=1; \u00E9=2"
      })
  void refusesWhatIsNoList(String text) {
    assertThatThrownBy(() -> TagList.read(text)).isInstanceOf(DkimSyntaxException.class);
  }

  @Test
  void hasABudget() {
    assertThatThrownBy(() -> TagList.read("a=" + "x".repeat(20_000)))
        .hasMessageContaining("characters of tags");
    var many = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      many.append("a").append(i).append("=1;");
    }
    assertThatThrownBy(() -> TagList.read(many.toString())).hasMessage("more than 64 tags");
  }

  /// Nothing that anybody writes makes it do more than refuse.
  @Test
  void survivesNoise() {
    var random = new Random(7);
    String alphabet = "vabchdislxtqpk=;=; :\r\n\t@.01\u0000\u00E9-_+/relaxedrsa-sha256";
    String good = Mails.signed(Mails.PLAIN, Mails.ED25519);
    var verifier = new DkimVerifier(Mails.dns(), InstantSource.fixed(Mails.NOW));
    for (int round = 0; round < 20_000; round++) {
      var noise = new StringBuilder();
      for (int left = random.nextInt(60); left > 0; left--) {
        noise.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      quietly(() -> DkimSignature.read(TagList.read(noise.toString())));
      quietly(() -> DkimKey.read(noise.toString()));
      if (round % 20 == 0) {
        byte[] bytes = Mails.bytes(good);
        for (int changes = 1 + random.nextInt(5); changes > 0; changes--) {
          bytes[random.nextInt(bytes.length)] =
              (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
        quietly(() -> verifier.verify(new ByteArrayInputStream(bytes)));
      }
    }
    assertThat(new String(Mails.bytes(good), StandardCharsets.UTF_8)).contains("\r\n");
  }

  private interface Attempt {
    void run() throws DkimSyntaxException, IOException;
  }

  private static void quietly(Attempt attempt) {
    try {
      attempt.run();
    } catch (DkimSyntaxException e) {
      assertThat(e.reason()).isNotEmpty();
    } catch (IOException e) {
      throw new AssertionError("Reads no file", e);
    }
  }
}
