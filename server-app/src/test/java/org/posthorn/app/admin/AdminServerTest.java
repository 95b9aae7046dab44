package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class AdminServerTest {
  @TempDir private Path data;

  /// Whoever spins there takes a processor from those who could give some back.
  @Test
  void waitsForAMomentWhenFileDescriptorsRunOut() throws Exception {
    var listening = new FullTable();
    long begin = System.nanoTime();
    AdminServer server = AdminServer.start(new AdminSocket(data), listening, List.of());
    try {
      listening.tries.await();
      assertThat(System.nanoTime() - begin).isGreaterThan(250_000_000);
    } finally {
      server.close();
    }
  }

  /// Nothing can be accepted any more, for one reason or another.
  private static final class FullTable extends ServerSocketChannel {
    private final CountDownLatch tries = new CountDownLatch(4);

    FullTable() {
      super(SelectorProvider.provider());
    }

    @Override
    public SocketChannel accept() throws IOException {
      tries.countDown();
      switch ((int) tries.getCount()) {
        case 3 -> throw new OutOfMemoryError("unable to create native thread");
        case 2 -> throw new IllegalStateException("shut down");
        default -> throw new IOException("Too many open files");
      }
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) {
      return this;
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
      return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return Set.of();
    }

    @Override
    public ServerSocket socket() {
      throw new UnsupportedOperationException();
    }

    @Override
    public SocketAddress getLocalAddress() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseSelectableChannel() {}

    @Override
    protected void implConfigureBlocking(boolean block) {}
  }
}
