package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.cli.QueueExports;
import org.slf4j.LoggerFactory;

/// All mail and all keys are in it: who gets in, and as whom.
@Timeout(120)
class DataDirectoryTest {
  @TempDir Path temp;

  /// It fails after it has made its folder, since there is no server to wait for.
  @Test
  void aDetachedStartMakesItForItsOwnerOnly() throws IOException, InterruptedException {
    Path data = temp.resolve("data");
    List<String> command = new ArrayList<>(InstalledProgram.java());
    command.addAll(
        List.of("org.posthorn.app.cli.Posthorn", "start", "--detach", "--data", data.toString()));
    var start = new ProcessBuilder(command);
    start.environment().put("POSTHORN_LAUNCHER", "/bin/false");
    assertThat(start.start().waitFor()).isEqualTo(1);
    assertThat(mode(data)).isEqualTo("rwx------");
  }

  @Test
  void aServerThatLogsThereMakesItForItsOwnerOnly() throws IOException {
    Path data = temp.resolve("data");
    try (ServerProcess _ = ServerProcess.start(data, "log.file=log/posthorn.log")) {
      assertThat(mode(data)).isEqualTo("rwx------");
      assertThat(data.resolve("log").resolve("posthorn.log")).exists();
    }
  }

  @Test
  void whatTheQueueIsWrittenToIsForItsOwnerOnly() throws IOException {
    Path files = temp.resolve("files");
    try (TestServer server = TestServer.start(temp.resolve("data"))) {
      assertThat(QueueExports.write(server.admin(), List.of(), files)).startsWith("0 mails");
    }
    assertThat(mode(files)).isEqualTo("rwx------");
  }

  @Test
  void aServerSaysThatOthersMayEnter() throws IOException {
    var told = new ListAppender<ILoggingEvent>();
    told.start();
    var log = (Logger) LoggerFactory.getLogger(PosthornServer.class);
    log.addAppender(told);
    Path data = Files.createDirectory(temp.resolve("data"));
    try {
      for (String mode : List.of("rwxr-x---", "rwxr-x--x")) {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString(mode));
        TestServer.start(data).close();
      }
    } finally {
      log.detachAppender(told);
    }
    assertThat(told.list)
        .filteredOn(line -> line.getMessage().equals("data-directory-open-to-others"))
        .singleElement()
        .satisfies(
            line -> assertThat(line.getKeyValuePairs().toString()).contains("chmod o= " + data));
  }

  /// What root writes among the files of the server's user, the server cannot use.
  @Test
  void nobodyWritesAmongTheFilesOfAnotherUser() throws IOException {
    Path data = temp.resolve("data");
    TestServer.start(data).close();
    assumeTrue(Files.getOwner(data).getName().equals("root"), "only root gives files away");
    Files.setOwner(
        data.resolve("lock"),
        data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));

    assertThat(InProcess.run(data, "verify").err())
        .contains(data + " belongs to nobody", "sudo -u nobody");
    assertThatThrownBy(() -> TestServer.start(data)).hasMessageContaining("belongs to nobody");
    try (var left = Files.list(data)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("owner"));
    }
  }

  /// As made by `install -d -o posthorn`, or with no more than the configuration in it.
  @Test
  void rootIsNotTheFirstInAFolderOfAnotherUser() throws IOException {
    Path data = Files.createDirectory(temp.resolve("data"));
    assumeTrue(Files.getOwner(data).getName().equals("root"), "only root gives files away");
    Files.setOwner(
        data, data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));

    assertThatThrownBy(() -> TestServer.start(data)).hasMessageContaining("belongs to nobody");
    assertThat(InProcess.run(data, "start", "--detach").err())
        .contains(data + " belongs to nobody", "sudo -u nobody");
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void aDetachedStartSaysAtOnceThatItCannotBeUsed() throws IOException {
    Path file = Files.createFile(temp.resolve("file"));
    for (String[] start : List.of(new String[] {"start", "--detach"}, new String[] {"start"})) {
      assertThat(InProcess.run(file, start).err()).contains(file + " is no folder");
    }
    Path data = temp.resolve("data");
    TestServer.start(data).close();
    assumeTrue(Files.getOwner(data).getName().equals("root"), "only root gives files away");
    Files.setOwner(
        data.resolve("lock"),
        data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));

    assertThat(InProcess.run(data, "start", "--detach").err())
        .contains(data + " belongs to nobody", "sudo -u nobody");
    assertThat(data.resolve("log")).doesNotExist();
  }

  @Test
  void whatCannotBeMadeIsSaidWithWhatToDo() throws IOException {
    assertThat(InProcess.run(Path.of("/proc/x"), "start").err())
        .contains("/proc/x is not there and cannot be made there: choose another place");
    Path data = temp.resolve("data");
    DataDirectory.make(data);
    Files.createFile(data.resolve("log"));
    assertThat(InProcess.run(data, "start", "--detach").err())
        .contains("The server cannot start: " + data.resolve("log") + " is no folder");
  }

  /// As after a start by root.
  @Test
  void whoseTheFileIsThatMayNotBeUsedIsSaid() throws IOException {
    Path file = Files.createDirectory(temp.resolve("rows")).resolve("FORMAT");
    String owner = Files.getOwner(temp).getName();
    assertThat(FileTrouble.words(new AccessDeniedException(file.toString())))
        .startsWith("Permission denied: ")
        .endsWith(file + "; " + file.getParent() + " belongs to " + owner);
    assertThat(FileTrouble.words(new FileSystemException(file.toString(), null, "Disk quota")))
        .isEqualTo(file + ": Disk quota");
  }

  /// An export, say: whose the data directory is to be has nothing to do with it.
  @Test
  void whatMayNotBeWrittenElsewhereIsSaidWithoutTheDataDirectory() {
    assertThat(FileTrouble.unwritten(new AccessDeniedException("/root/q")))
        .isEqualTo(
            System.getProperty("user.name")
                + " may not write /root/q: choose another place, or run this as a user who may");
    assertThat(FileTrouble.unwritten(new FileSystemException("/root/q", null, "Disk quota")))
        .isEqualTo("/root/q: Disk quota");
  }

  /// What stands in the way here is a file; it says as much of one that is another user's.
  @Test
  void aFileInTheWayOfTheRowsIsNamed() throws IOException {
    Path data = temp.resolve("data");
    Files.createDirectories(data.resolve("store"));
    Files.createFile(data.resolve("store").resolve("rows"));
    assertThatThrownBy(() -> TestServer.start(data))
        .hasMessageContaining(data.resolve("store").resolve("rows") + " is no folder");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
