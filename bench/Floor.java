import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// The least that a mail server can do, to know what a machine allows: it appends what comes behind
/// DATA to one file, syncs it once for all that wait, answers, and forgets it. No queue, no mailbox,
/// no check, no index; IMAP tells how many came. What no server can be faster than, on this disk
/// and beside this driver.
///
///     java bench/Floor.java SMTP-PORT IMAP-PORT FILE
public final class Floor {
  private static final byte[] END = "\r\n.\r\n".getBytes(StandardCharsets.US_ASCII);

  private final FileChannel file;
  private final ReentrantLock syncing = new ReentrantLock();
  private final AtomicLong end = new AtomicLong();
  private final Map<String, AtomicLong> arrived = new ConcurrentHashMap<>();
  private volatile long synced;

  private Floor(FileChannel file) {
    this.file = file;
  }

  public static void main(String[] arguments) throws IOException {
    var floor =
        new Floor(
            FileChannel.open(
                Path.of(arguments[2]), StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    Thread.ofPlatform().start(() -> listen(Integer.parseInt(arguments[1]), floor::imap));
    listen(Integer.parseInt(arguments[0]), floor::smtp);
  }

  private interface Session {
    void run(InputStream in, OutputStream out) throws IOException;
  }

  private static void listen(int port, Session session) {
    try (var server = new ServerSocket(port, 1000, InetAddress.getLoopbackAddress())) {
      while (true) {
        Socket client = server.accept();
        Thread.ofPlatform()
            .start(() -> {
              try (client) {
                client.setTcpNoDelay(true);
                session.run(
                    new BufferedInputStream(client.getInputStream(), 64 << 10),
                    client.getOutputStream());
              } catch (IOException _) {
                // The client is gone.
              }
            });
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void smtp(InputStream in, OutputStream out) throws IOException {
    say(out, "220 floor");
    var recipients = new ArrayList<String>();
    var replies = new StringBuilder();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String verb = line.substring(0, 4).toUpperCase(Locale.ROOT);
      switch (verb) {
        case "EHLO" -> replies.append("250-floor\r\n250 PIPELINING\r\n");
        case "RCPT" -> {
          recipients.add(line.substring(line.indexOf('<') + 1, line.indexOf('>')));
          replies.append("250 ok\r\n");
        }
        case "DATA" -> {
          say(out, replies + "354 go");
          replies.setLength(0);
          take(in);
          recipients.forEach(this::count);
          recipients.clear();
          replies.append("250 done\r\n");
        }
        case "QUIT" -> {
          say(out, "221 bye");
          return;
        }
        default -> replies.append("250 ok\r\n");
      }
      if (in.available() == 0) {
        out.write(replies.toString().getBytes(StandardCharsets.US_ASCII));
        out.flush();
        replies.setLength(0);
      }
    }
  }

  private void count(String to) {
    arrived.computeIfAbsent(to, _ -> new AtomicLong()).incrementAndGet();
  }

  /// Up to the end of the text; the bench sends nothing behind it before the answer.
  private void take(InputStream in) throws IOException {
    byte[] bytes = new byte[64 << 10];
    byte[] tail = new byte[END.length];
    long last = 0;
    while (true) {
      int count = in.read(bytes);
      if (count < 0) {
        throw new IOException("cut off");
      }
      ByteBuffer piece = ByteBuffer.wrap(bytes, 0, count);
      long at = end.getAndAdd(count);
      last = at + count;
      while (piece.hasRemaining()) {
        at += file.write(piece, at);
      }
      int kept = Math.min(count, END.length);
      System.arraycopy(tail, kept, tail, 0, END.length - kept);
      System.arraycopy(bytes, count - kept, tail, END.length - kept, kept);
      if (Arrays.equals(tail, END)) {
        sync(last);
        return;
      }
    }
  }

  private void sync(long upTo) throws IOException {
    if (synced < upTo) {
      syncing.lock();
      try {
        if (synced < upTo) {
          long now = end.get();
          file.force(false);
          synced = now;
        }
      } finally {
        syncing.unlock();
      }
    }
  }

  private void imap(InputStream in, OutputStream out) throws IOException {
    say(out, "* OK floor");
    String user = "";
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String[] words = line.split(" ", -1);
      if (words.length < 2) {
        return;
      }
      switch (words[1].toUpperCase(Locale.ROOT)) {
        case "LOGIN" -> user = words[2].replace("\"", "");
        case "STATUS" -> {
          AtomicLong count = arrived.getOrDefault(user, new AtomicLong());
          say(out, "* STATUS " + words[2] + " (MESSAGES " + count + ")");
        }
        default -> {}
      }
      say(out, words[0] + " OK done");
      if (words[1].equalsIgnoreCase("LOGOUT")) {
        return;
      }
    }
  }

  private static void say(OutputStream out, String line) throws IOException {
    out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  /// Without its end; empty when there is no more.
  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      line.append((char) b);
    }
    return line.toString().strip();
  }
}
