package org.posthorn.attachment;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Set;

/// Takes from this process the ways by which a library would fetch what a document names: pictures,
/// DTDs, linked files.
final class NoConnections {
  /// What the JDK itself loads classes with.
  private static final Set<String> OWN = Set.of("jar", "jrt", "file");

  private NoConnections() {}

  /// From now on there are none. Called once, before anything is read.
  @SuppressWarnings("deprecation") // There is no other way to refuse sockets.
  static void enforce() throws IOException {
    URL.setURLStreamHandlerFactory(protocol -> OWN.contains(protocol) ? null : new Refusing());
    Socket.setSocketImplFactory(() -> {
      throw new IllegalStateException("No connections from here");
    });
  }

  private static final class Refusing extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) throws IOException {
      throw new SocketException("No connections from here");
    }
  }
}
