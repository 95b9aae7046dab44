package org.posthorn.app.transfer.eml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.transfer.file.SourceFiles;
import org.posthorn.app.transfer.intake.SourceFolder;

final class ManifestTest {
  @TempDir private Path root;

  /// Messages 0, 1, 2 … in these mailboxes.
  private Manifest manifest(String... mailboxes) throws IOException {
    var text = new StringBuilder("{\"version\": \"1\", \"mailboxes\": [");
    for (String name : List.of("INBOX", "Archive", "Empty", "Work")) {
      text.append(text.toString().endsWith("[") ? "" : ",")
          .append("{\"name\": \"%s\", \"subscribed\": true, \"messages\": 7}".formatted(name));
    }
    text.append("], \"subscriptions\": [], \"messages\": [");
    for (int i = 0; i < mailboxes.length; i++) {
      text.append(i == 0 ? "" : ",")
          .append(
              "{\"file\": \"%d.eml\", \"mailbox\": \"%s\", \"flags\": [], \"internalDate\": \"\"}"
                  .formatted(i, mailboxes[i]));
    }
    Files.writeString(root.resolve(Manifest.FILE), text.append("]}"));
    return Manifest.in(root, new SourceFiles(root)).orElseThrow();
  }

  private static List<String> files(Manifest manifest, String mailbox) throws IOException {
    var files = new ArrayList<String>();
    manifest.each(mailbox, entry -> files.add(entry.file()));
    return files;
  }

  @Test
  void mailboxesOneBehindTheOtherAreRead() throws IOException {
    try (Manifest manifest = manifest("INBOX", "INBOX", "Archive", "Work", "Work")) {
      assertThat(manifest.folders())
          .extracting(SourceFolder::name)
          .containsExactly("INBOX", "Archive", "Empty", "Work");
      assertThat(files(manifest, "INBOX")).containsExactly("0.eml", "1.eml");
      assertThat(files(manifest, "Archive")).containsExactly("2.eml");
      assertThat(files(manifest, "Empty")).isEmpty();
      assertThat(files(manifest, "Work")).containsExactly("3.eml", "4.eml");
    }
  }

  @Test
  void theirOrderInTheFileMattersNot() throws IOException {
    try (Manifest manifest = manifest("Archive", "Archive", "INBOX", "Work")) {
      assertThat(files(manifest, "INBOX")).containsExactly("2.eml");
      assertThat(files(manifest, "Archive")).containsExactly("0.eml", "1.eml");
      assertThat(files(manifest, "Work")).containsExactly("3.eml");
      assertThat(files(manifest, "Archive")).containsExactly("0.eml", "1.eml");
    }
  }

  @Test
  void messagesOfMailboxesMayBeMixed() throws IOException {
    try (Manifest manifest = manifest("INBOX", "Work", "INBOX", "Archive", "Work", "INBOX")) {
      assertThat(files(manifest, "INBOX")).containsExactly("0.eml", "2.eml", "5.eml");
      assertThat(files(manifest, "Work")).containsExactly("1.eml", "4.eml");
      assertThat(files(manifest, "Archive")).containsExactly("3.eml");
    }
  }

  @Test
  void whatIsNoManifestIsRefused() throws IOException {
    Files.writeString(root.resolve(Manifest.FILE), "{\"messages\": [{\"file\": 1");
    assertThatThrownBy(() -> Manifest.in(root, new SourceFiles(root)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be understood");
  }
}
