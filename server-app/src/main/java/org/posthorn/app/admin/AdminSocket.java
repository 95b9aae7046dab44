package org.posthorn.app.admin;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Where a server listens for its administrator: `admin.sock` in its data directory, for the owner
/// alone. The kernel takes no more than about 107 bytes for the path of a socket; in a directory
/// with a longer one `admin.sock` is a symbolic link to a socket in the temporary directory.
public final class AdminSocket {
  private static final String NAME = "admin.sock";
  private static final int PATH_MAX = 100;

  private final Path link;

  public AdminSocket(Path dataDirectory) {
    this.link = dataDirectory.toAbsolutePath().resolve(NAME);
  }

  public Path path() {
    return link;
  }

  /// Throws `IOException` when nobody listens.
  void connect(SocketChannel channel) throws IOException {
    Path real = Files.isSymbolicLink(link) ? Files.readSymbolicLink(link) : link;
    channel.connect(UnixDomainSocketAddress.of(real));
  }

  /// Takes the place over from a server that was killed: whoever calls holds the lock on the data
  /// directory.
  ServerSocketChannel bind() throws IOException {
    delete();
    Path real = link;
    if (link.toString().getBytes(StandardCharsets.UTF_8).length > PATH_MAX) {
      real = Files.createTempDirectory("posthorn-").resolve(NAME);
      Files.createSymbolicLink(link, real);
    }
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    channel.bind(UnixDomainSocketAddress.of(real));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-------"));
    return channel;
  }

  void delete() throws IOException {
    if (Files.isSymbolicLink(link)) {
      Path real = Files.readSymbolicLink(link);
      Files.deleteIfExists(real);
      Files.deleteIfExists(real.getParent());
    }
    Files.deleteIfExists(link);
  }
}
