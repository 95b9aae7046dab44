package org.posthorn.app.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.ListenerStatus;

/// The round of one message: out of Ann's mail program by authenticated submission, through the
/// chain, into Bob's mailbox, and out again by IMAP and by POP3. Everything goes over real sockets
/// and the server's own interfaces. Used by one thread.
public final class Demo {
  /// Settings of a server of which each port is one that is free.
  public static final List<String> FREE_PORTS =
      List.of(
          "smtp.mx.port=0",
          "smtp.submission.port=0",
          "smtp.submissions.port=0",
          "smtp.lmtp.port=0",
          "imap.plain.port=0",
          "imap.tls.port=0",
          "pop3.plain.port=0",
          "pop3.tls.port=0");

  private static final String DOMAIN = "demo.example";
  private static final String ANN = "ann@" + DOMAIN;
  private static final String BOB = "bob@" + DOMAIN;

  private final Steps steps;
  private final ToIntFunction<String> port;
  private final Path certificate;
  private final String annPassword = password();
  private final String bobPassword = password();

  /// Tells what happens. `done` is called with the sentence of a finished step and how long it
  /// took.
  public interface Steps {
    void done(String sentence, Duration took);
  }

  /// `certificate` is the PEM file with the server's certificate.
  public Demo(Steps steps, List<ListenerStatus> listeners, Path certificate) {
    this.steps = steps;
    this.port =
        name ->
            listeners.stream()
                .filter(listener -> listener.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No listener " + name))
                .port();
    this.certificate = certificate;
  }

  /// What a person needs to connect with a mail program of theirs.
  public record Login(String address, String password) {}

  public List<Login> logins() {
    return List.of(new Login(ANN, annPassword), new Login(BOB, bobPassword));
  }

  /// Makes the domain and its two users.
  public void prepare(AdminClient admin) {
    long start = System.nanoTime();
    admin.post("/domains", Map.of("domain", DOMAIN));
    done("Made the domain " + DOMAIN, start);
    start = System.nanoTime();
    admin.post("/users", Map.of("login", ANN, "password", annPassword, "fullName", "Ann"));
    admin.post("/users", Map.of("login", BOB, "password", bobPassword, "fullName", "Bob"));
    done("Made two users with random passwords: " + ANN + " and " + BOB, start);
  }

  /// Throws `IOException` with what went wrong.
  public void run() throws IOException {
    DemoMessage message = DemoMessage.between(ANN, BOB);
    try (MailProgram bob = MailProgram.connect(port.applyAsInt("imap"))) {
      idle(bob);
      long accepted = submit(message);
      awaitNews(bob, accepted);
      fetch(bob, message);
    }
    pop(message);
  }

  private void idle(MailProgram bob) throws IOException {
    long start = System.nanoTime();
    MailProgram.expect(bob.line(), "* OK");
    bob.send("a1 STARTTLS");
    MailProgram.expect(bob.line(), "a1 OK");
    String tls = bob.startTls(certificate);
    bob.imap("a2", "LOGIN \"" + BOB + "\" \"" + bobPassword + "\"");
    bob.imap("a3", "SELECT INBOX");
    bob.send("a4 IDLE");
    MailProgram.expect(bob.line(), "+");
    done("Bob's mail program waits in his inbox (IMAP IDLE over " + tls + ")", start);
  }

  /// When the server said 250.
  private long submit(DemoMessage message) throws IOException {
    try (MailProgram ann = MailProgram.connect(port.applyAsInt("submission"))) {
      long start = System.nanoTime();
      ann.smtp("", 220);
      ann.smtp("EHLO ann.demo.example", 250);
      ann.smtp("STARTTLS", 220);
      String tls = ann.startTls(certificate);
      ann.smtp("EHLO ann.demo.example", 250);
      String secret = "\0" + ANN + "\0" + annPassword;
      ann.smtp(
          "AUTH PLAIN "
              + Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)),
          235);
      done("Ann's mail program logged in to submission (" + tls + ")", start);
      start = System.nanoTime();
      ann.smtp("MAIL FROM:<" + ANN + ">", 250);
      ann.smtp("RCPT TO:<" + BOB + ">", 250);
      ann.smtp("DATA", 354);
      ann.send(message.forSmtp());
      String answer = ann.smtp("", 250);
      long accepted = System.nanoTime();
      done(
          "Ann sent \"%s\" with an attachment, %d bytes; it is on disk, and the server said: %s"
              .formatted(message.subject(), message.text().length(), answer),
          start);
      ann.smtp("QUIT", 221);
      return accepted;
    }
  }

  private void awaitNews(MailProgram bob, long accepted) throws IOException {
    String line = bob.line();
    while (!line.matches("\\* [1-9][0-9]* EXISTS")) {
      line = bob.line();
    }
    steps.done(
        "The mail went through the chain into Bob's inbox, and his mail program was told",
        Duration.ofNanos(Math.max(0, System.nanoTime() - accepted)));
    bob.send("DONE");
    while (!line.startsWith("a4 ")) {
      line = bob.line();
    }
    MailProgram.expect(line, "a4 OK");
  }

  private void fetch(MailProgram bob, DemoMessage message) throws IOException {
    long start = System.nanoTime();
    byte[] whole = bob.imap("a5", "FETCH 1 BODY.PEEK[]");
    require(message.arrivedWholeIn(whole), "What IMAP gave back is not what was sent");
    done("Bob read it over IMAP: %d bytes, every byte as sent".formatted(whole.length), start);
    start = System.nanoTime();
    byte[] attachment = bob.imap("a6", "FETCH 1 BODY.PEEK[2]");
    String picture = new String(Base64.getMimeDecoder().decode(attachment), StandardCharsets.UTF_8);
    require(picture.equals(message.picture()), "The attachment is not what was sent");
    done(
        "Bob opened the attachment alone, horn.svg, %d bytes: it is the same picture"
            .formatted(picture.length()),
        start);
    bob.imap("a7", "LOGOUT");
  }

  private void pop(DemoMessage message) throws IOException {
    long start = System.nanoTime();
    try (MailProgram bob = MailProgram.connect(port.applyAsInt("pop3s"))) {
      String tls = bob.startTls(certificate);
      bob.pop3("");
      bob.pop3("USER " + BOB);
      bob.pop3("PASS " + bobPassword);
      bob.pop3("RETR 1");
      byte[] whole = bob.dotted();
      require(message.arrivedWholeIn(whole), "What POP3 gave back is not what was sent");
      bob.pop3("QUIT");
      done(
          "Bob read it over POP3 too (%s): %d bytes, every byte as sent"
              .formatted(tls, whole.length),
          start);
    }
  }

  private void done(String sentence, long startNanos) {
    steps.done(sentence, Duration.ofNanos(System.nanoTime() - startNanos));
  }

  private static void require(boolean fine, String otherwise) throws IOException {
    if (!fine) {
      throw new IOException(otherwise);
    }
  }

  private static String password() {
    byte[] random = new byte[12];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
