package org.posthorn.app.transfer.eml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.content.FaultyDisk;

final class EmlTest {
  private static final String MAIL = "Date: Fri, 27 Nov 2026 07:33:07 +0000\nSubject: x\n\nbody\n";

  @TempDir private Path root;
  @TempDir private Path others;

  private final Oddities oddities = new Oddities();

  @Test
  void aManifestNamesOnlyWhatIsBesideIt() throws IOException {
    Files.writeString(others.resolve("secret"), MAIL);
    Files.createSymbolicLink(root.resolve("link"), others);
    Files.writeString(root.resolve("1.eml"), MAIL);
    var entries = new ArrayList<String>();
    for (String file :
        List.of(
            "1.eml",
            others.resolve("secret").toString(),
            root.relativize(others.resolve("secret")).toString(),
            "link/secret",
            "/",
            "..",
            "",
            "not\\u0000so",
            "missing.eml")) {
      entries.add(
          "{\"file\": \"%s\", \"mailbox\": \"INBOX\", \"flags\": [], \"internalDate\": \"\"}"
              .formatted(file));
    }
    Files.writeString(
        root.resolve("manifest.json"),
        "{\"mailboxes\": [{\"name\": \"INBOX\", \"subscribed\": true, \"messages\": 9}], \"messages\": ["
            + String.join(",", entries)
            + "]}");
    assertThat(read()).containsExactly("1.eml");
    assertThat(oddities.leftOut()).isEqualTo(8);
  }

  @Test
  void aDateFieldMayGoOnInTheNextLine() throws IOException {
    Files.writeString(root.resolve("1.eml"), MAIL.replace("Date: ", "DATE :\r\n\t"));
    try (var source = new EmlSource(root, oddities)) {
      source.read(
          source.folders().getFirst(),
          1,
          message ->
              assertThat(Instant.ofEpochMilli(message.internalMillis()))
                  .isEqualTo("2026-11-27T07:33:07Z"));
    }
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void nothingIsReadFromOutsideByLinks() throws IOException {
    Files.writeString(others.resolve("secret.eml"), MAIL);
    Files.writeString(root.resolve("1.eml"), MAIL);
    Files.createDirectory(root.resolve("Work"));
    Files.writeString(root.resolve("Work/2.eml"), MAIL);
    Files.createSymbolicLink(root.resolve("3.eml"), others.resolve("secret.eml"));
    Files.createSymbolicLink(root.resolve("more"), others);
    Files.createSymbolicLink(root.resolve("Work/round"), root);
    assertThat(read()).containsExactly("1.eml", "Work/2.eml");
    assertThat(oddities.leftOut()).isEqualTo(2);
  }

  /// Its mode forbids it, the disk is ill, or it went away.
  @Test
  void aFolderThatCannotBeListedIsNamedAndTheRestIsRead() throws IOException {
    for (String folder : List.of("Closed", "Half", "Open")) {
      Files.createDirectory(root.resolve(folder));
      Files.writeString(root.resolve(folder).resolve("1.eml"), MAIL);
    }
    Files.createDirectory(root.resolve("Closed/Below"));
    var disk = new FaultyDisk();
    var looks = new AtomicInteger();
    disk.readFault((path, _, _) -> {
      if (path.endsWith("Closed") || (path.endsWith("Half") && looks.incrementAndGet() > 1)) {
        throw new AccessDeniedException(path.toString());
      }
    });
    assertThat(read(disk.at(root))).containsExactly("Open/1.eml");
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.UNREADABLE);
    assertThat(oddities.leftOut()).isEqualTo(2);
  }

  private List<String> read() throws IOException {
    return read(root);
  }

  private List<String> read(Path from) throws IOException {
    var labels = new ArrayList<String>();
    try (var source = new EmlSource(from, oddities)) {
      var messages = new ArrayList<SourceMessage>();
      for (SourceFolder folder : source.folders()) {
        source.read(folder, 1, messages::add);
      }
      for (SourceMessage message : messages) {
        try (var in = message.opener().open()) {
          assertThat(in.readAllBytes()).isNotEmpty();
        }
        labels.add(message.label());
      }
    }
    return labels;
  }
}
