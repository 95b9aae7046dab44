package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxException;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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

  /// It is a content that cannot be read, and the client waits for the answer.
  @Test
  void whatCannotBeReadIsNoClientThatWent() throws Exception {
    AdminAnswer.Source source =
        sink -> {
          sink.line(Map.of("accountsDone", 1));
          throw new UncheckedIOException(new IOException("Content s1.0.1c is damaged"));
        };
    var route = new Route("GET", "/walk", "Walks.", (_, _) -> new AdminAnswer.Lines(source));
    var socket = new AdminSocket(data);
    AdminServer server = AdminServer.start(socket, socket.bind(), List.of(route));
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.connect(client);
      Channels.newOutputStream(client)
          .write("GET /walk HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(Channels.newInputStream(client).readAllBytes())
          .asString(StandardCharsets.UTF_8)
          .contains("accountsDone", "\"code\":\"internal\"");
    } finally {
      server.close();
    }
  }

  /// A server from before takes what it does not know for nothing, and so shows all mail.
  @Test
  void whatAnOlderServerWouldNotSeeIsNotAskedOfIt() throws Exception {
    var asked = new ArrayList<List<String>>();
    Route.Handler everything =
        (request, _) -> {
          asked.add(request.path());
          return AdminAnswer.ok(Map.of("mails", List.of()));
        };
    Route.Handler status = (_, _) -> AdminAnswer.ok(Map.of("version", "0.1.0"));
    var socket = new AdminSocket(data);
    AdminServer server =
        AdminServer.start(
            socket,
            socket.bind(),
            List.of(
                new Route("GET", "/queue", "All mail.", everything).taking("sender", "limit"),
                new Route("GET", "/status", "Not whether it was replaced.", status)));
    try {
      Path to = data.resolve("mail");
      for (InProcess.Result result :
          List.of(
              InProcess.run(data, "queue", "list", "--subject", "won"),
              InProcess.run(
                  data, "queue", "export", "--newer-than", "2h", "--to", to.toString()))) {
        assertThat(result.err()).contains("of another build", "restart it first");
        assertThat(result.status()).isEqualTo(3);
      }
      assertThat(asked).isEmpty();
      assertThat(InProcess.run(data, "queue", "list", "--sender", "ann"))
          .matches(InProcess.Result::isDone);
      assertThat(asked).hasSize(1);
    } finally {
      server.close();
    }
  }

  /// In the log it is a line for each order, as long as the disk stays full.
  @Test
  void largeNumbersAreReadInThousands() throws Exception {
    Route.Handler status =
        (_, _) ->
            AdminAnswer.ok(Map.of("waiting", 100_000, "queued", 112_345, "inRepositories", 20_000));
    Map<String, ?> destination =
        Map.of("name", "far.example", "recipients", 100_000, "held", 12_345);
    Route.Handler destinations =
        (_, _) -> AdminAnswer.ok(Map.of("destinations", List.of(destination), "total", 1));
    var socket = new AdminSocket(data);
    AdminServer server =
        AdminServer.start(
            socket,
            socket.bind(),
            List.of(
                new Route("GET", "/queue/destinations", "", destinations),
                new Route("GET", "/status", "", status)));
    try {
      assertThat(InProcess.run(data, "status").out())
          .contains("112,345 in the queue (100,000 waiting), 20,000 in repositories");
      assertThat(InProcess.run(data, "queue", "destinations").out()).contains("100,000", "12,345");
    } finally {
      server.close();
    }
  }

  @Test
  void saysThatTheDiskIsFullAlsoAmidLines() throws Exception {
    var told = new ListAppender<ILoggingEvent>();
    told.start();
    var log = (Logger) LoggerFactory.getLogger(AdminServer.class);
    log.addAppender(told);
    var socket = new AdminSocket(data);
    List<Route> routes =
        List.of(
            new Route(
                "POST",
                "/full",
                "",
                (_, _) ->
                    new AdminAnswer.Lines(sink -> {
                      sink.line(Map.of("mailbox", "INBOX"));
                      throw StorageUnavailable.full("The disk is full", new IOException("28"));
                    })),
            new Route(
                "POST",
                "/order",
                "",
                (_, _) -> {
                  throw StorageUnavailable.full("The disk is full", new IOException("28"));
                }),
            new Route(
                "POST",
                "/many",
                "",
                (_, _) ->
                    new AdminAnswer.Lines(_ -> {
                      throw new MailboxException.LimitReached("Too many mailboxes");
                    })));
    AdminServer server = AdminServer.start(socket, socket.bind(), routes);
    try {
      var client = new AdminClient(data, JsonMapper.builder().build());
      var lines = new ArrayList<JsonNode>();
      assertThatThrownBy(() -> client.lines("POST", "/full", new byte[0], lines::add))
          .hasMessage("The disk is full");
      assertThat(lines).hasSize(1);
      assertThatThrownBy(() -> client.post("/order", Map.of())).hasMessage("The disk is full");
      assertThat(told.list)
          .hasSize(2)
          .allSatisfy(line -> {
            assertThat(line.getThrowableProxy()).isNull();
            assertThat(line.getKeyValuePairs().toString()).contains("The disk is full");
          });
      assertThatThrownBy(() -> client.lines("POST", "/many", new byte[0], lines::add))
          .hasMessage("Too many mailboxes");
    } finally {
      log.detachAppender(told);
      server.close();
    }
  }

  private record Body(@Nullable String message, @Nullable List<String> to, boolean deep) {}

  @Test
  void whatABodyHasTooMuchOrOtherwiseIsSaidWithoutNamesOfClasses() throws Exception {
    var socket = new AdminSocket(data);
    var json = new Json();
    var take =
        new Route(
            "POST", "/take", "", (request, _) -> AdminAnswer.ok(json.read(request, Body.class)));
    AdminServer server = AdminServer.start(socket, socket.bind(), List.of(take));
    try {
      var client = new AdminClient(data, JsonMapper.builder().build());
      for (Map.Entry<Map<String, ?>, String> wrong :
          Map.<Map<String, ?>, String>of(
                  Map.of("notes", Map.of()),
                      "there is no \"notes\" here; there are deep, message, to",
                  Map.of("message", Map.of()), "\"message\" should be a text",
                  Map.of("to", "x"), "\"to\" should be a list",
                  Map.of("deep", "x"), "\"deep\" should be true or false")
              .entrySet()) {
        assertThatThrownBy(() -> client.post("/take", wrong.getKey()))
            .hasMessage("The body is not what this takes: " + wrong.getValue());
      }
    } finally {
      server.close();
    }
  }

  /// A server of before notes were thought of.
  @Test
  void aChainTestSendsNothingThatNobodyGave() throws Exception {
    record Before(String message, List<String> to) {}
    var json = new Json();
    var socket = new AdminSocket(data);
    var test =
        new Route(
            "POST",
            "/chain/test",
            "",
            (request, _) -> AdminAnswer.ok(json.read(request, Before.class)));
    AdminServer server = AdminServer.start(socket, socket.bind(), List.of(test));
    try {
      Path message = Files.writeString(data.resolve("a.eml"), "Subject: a\r\n\r\n");
      assertThat(
              InProcess.run(
                  data, "chain", "test", message.toString(), "--to", "a@example.org", "--json"))
          .satisfies(result -> assertThat(result.err()).isEmpty())
          .matches(InProcess.Result::isDone);
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
