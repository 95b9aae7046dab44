package org.posthorn.app.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.admin.MailExchange;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameWriter;
import org.posthorn.app.transfer.frame.SourceFailed;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.account.SourceKey;
import tools.jackson.databind.JsonNode;

/// Mail on its way to a server: one long request, whose answer is read by a thread of its own. Safe
/// for use by many threads; each message goes as a whole.
final class Upload implements Receiver, AutoCloseable {
  private final ClientOptions options;
  private final AdminClient client;
  private final String login;
  private final MailExchange exchange;
  private final FrameWriter frames;
  private final Thread reader;
  private volatile @Nullable JsonNode result;
  private volatile @Nullable RuntimeException refused;

  /// `lines` takes what the server tells, on a thread of its own.
  Upload(ClientOptions options, String login, Consumer<JsonNode> lines) {
    this.options = options;
    this.client = options.client();
    this.login = login;
    client.get(AdminClient.path("users", login));
    this.exchange = client.mail("POST", AdminClient.path("users", login, "import"));
    try {
      this.frames = new FrameWriter(exchange.body());
    } catch (IOException e) {
      throw serverGone(e);
    }
    this.reader =
        Thread.ofPlatform()
            .name("answers")
            .daemon()
            .start(() -> {
              try {
                read(lines);
              } catch (AdminFailure | CommandFailed e) {
                refused = e;
              } catch (IOException e) {
                refused = serverGone(e);
              }
            });
  }

  private void read(Consumer<JsonNode> lines) throws IOException {
    InputStream answer = exchange.answer();
    var text = new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
    for (String line = text.readLine(); line != null; line = text.readLine()) {
      JsonNode value = options.mapper().readTree(line);
      if (value.has("error")) {
        lines.accept(value);
        throw new CommandFailed(ExitCode.FAILED, value.at("/error/message").asString());
      }
      if (value.has("done")) {
        result = value;
      }
      lines.accept(value);
    }
  }

  @Override
  public Map<SourceKey, List<String>> known(List<SourceKey> keys) {
    return ask(Map.of("keys", keys.stream().map(SourceKeys::text).toList()));
  }

  /// Messages of one source in the order of their keys, `from` the first.
  @Override
  public Map<SourceKey, List<String>> knownFrom(SourceKey from, int limit) {
    return ask(Map.of("from", SourceKeys.text(from), "limit", limit));
  }

  @Override
  public List<String> mailboxes() {
    return mailboxViews().valueStream().map(view -> view.path("name").asString()).toList();
  }

  /// The account's mailboxes as the API shows them.
  JsonNode mailboxViews() {
    return answer(() -> client.get(AdminClient.path("users", login, "mailboxes")));
  }

  private static JsonNode answer(Supplier<JsonNode> question) {
    try {
      return question.get();
    } catch (AdminFailure e) {
      throw e.kind() == AdminFailure.Kind.NOT_POSSIBLE ? e : serverGone(e);
    }
  }

  private Map<SourceKey, List<String>> ask(Map<String, Object> question) {
    JsonNode answer =
        answer(() -> client.post(AdminClient.path("users", login, "import", "known"), question));
    var known = new HashMap<SourceKey, List<String>>();
    for (JsonNode node : answer) {
      List<String> flags = node.path("flags").valueStream().map(flag -> flag.asString()).toList();
      SourceKeys.parse(node.path("key").asString()).ifPresent(key -> known.put(key, flags));
    }
    return known;
  }

  @Override
  public synchronized void send(Frame frame) {
    try {
      frames.write(frame);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public synchronized void send(Frame.Message frame, SourceMessage.Opener bytes)
      throws IOException {
    try (InputStream opened = bytes.open()) {
      try {
        frames.write(frame);
        frames.contents(opened);
      } catch (SourceFailed e) {
        throw e;
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  @Override
  public synchronized void flush() {
    try {
      frames.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// Says that this was all, and waits until it is durable; the server's last line.
  JsonNode end() {
    send(new Frame.End());
    flush();
    join();
    RuntimeException why = refused;
    if (why != null) {
      throw why;
    }
    JsonNode last = result;
    if (last == null) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "The server went away before all was imported: start it, and repeat the command; nothing is imported twice");
    }
    return last;
  }

  /// The server's own reason, where it gave one.
  private RuntimeException failed(IOException e) {
    join();
    RuntimeException why = refused;
    return why != null ? why : serverGone(e);
  }

  private void join() {
    try {
      reader.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static CommandFailed serverGone(Exception e) {
    return new CommandFailed(
        ExitCode.FAILED,
        "The server went away (%s): start it, and repeat the command; nothing is imported twice"
            .formatted(e.getMessage()));
  }

  @Override
  public void close() {
    try {
      exchange.close();
    } catch (IOException _) {
      // It is closed then.
    }
  }
}
