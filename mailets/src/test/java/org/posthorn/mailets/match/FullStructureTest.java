package org.posthorn.mailets.match;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Message;
import org.posthorn.message.HeaderField;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;

final class FullStructureTest {
  private static final String WITH_ATTACHMENT =
      """
      Content-Type: multipart/mixed; boundary=o

      --o

      Text
      --o
      Content-Type: application/x; name=evil.exe
      Content-Disposition: attachment

      MZ
      --o--
      """;

  /// As an older program kept it, which had no room left for parts behind so many addresses.
  private record Old(Message message) implements Message {
    @Override
    public long sizeBytes() {
      return message.sizeBytes();
    }

    @Override
    public List<HeaderField> headers() {
      return message.headers();
    }

    @Override
    public MessageStructure structure() {
      MessageStructure whole = message.structure();
      Part root = whole.root();
      Part bare =
          new Part(
              root.headerStart(),
              root.bodyStart(),
              root.bodyEnd(),
              root.bodyLines(),
              root.type(),
              root.subtype(),
              root.parameters(),
              root.id(),
              root.description(),
              root.encoding(),
              root.md5(),
              root.disposition(),
              root.languages(),
              root.location(),
              root.envelope(),
              List.of());
      return new MessageStructure(
          whole.sizeBytes(), bare, whole.preview(), false, whole.references());
    }

    @Override
    public InputStream open() {
      return message.open();
    }

    @Override
    public Message withHeader(String name, String value) {
      return message.withHeader(name, value);
    }

    @Override
    public Message withoutHeaders(Predicate<HeaderField> matching) {
      return message.withoutHeaders(matching);
    }

    @Override
    public Message withBytes(InputStream bytes) throws IOException {
      return message.withBytes(bytes);
    }
  }

  @Test
  void anOldStructureOfALongHeaderIsNotBelieved() {
    var old = new Old(HeapMessage.of(Mailbag.crowd() + WITH_ATTACHMENT));
    assertThat(old.structure().parts()).hasSize(1);
    assertThat(FullStructure.mayHaveAttachment(old)).isTrue();
    assertThat(FullStructure.mayHave(old, part -> part.is("application/x"))).isTrue();
    assertThat(FullStructure.mayHave(old, part -> part.is("image/png"))).isFalse();
    assertThat(FullStructure.view(old).orElseThrow().structure().parts()).hasSize(3);
  }

  @Test
  void aLongHeaderWithoutAttachmentsIsNoGroundForAnything() {
    var plain = new Old(HeapMessage.of(Mailbag.crowd() + "\nText\n"));
    assertThat(FullStructure.mayHaveAttachment(plain)).isFalse();
  }
}
