package org.posthorn.imap;

import com.google.inject.Guice;
import com.google.inject.Stage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.User;

/// A server on disk to be measured from outside: `ImapSpeed DIRECTORY [MESSAGES] [PORT]`. Its user
/// is `ann@example.org` with the password `secret`, and INBOX has that many messages of 3 KiB. No
/// test; run by hand. Ends when its input does.
final class ImapSpeed {
  private static final Actor ACTOR = new Actor("speed", "test", "1");
  private static final MailAddress ANN = MailAddress.of("ann@example.org");
  private static final int PIECE = 500;

  private ImapSpeed() {}

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  public static void main(String[] args) throws IOException {
    int messages = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    int port = args.length > 2 ? Integer.parseInt(args[2]) : 0;
    var injector =
        Guice.createInjector(
            Stage.PRODUCTION,
            new StorageModule(StorageConfig.defaults(), Path.of(args[0])),
            new ImapModule(ImapConfig.defaults()));
    Directory directory = injector.getInstance(Directory.class);
    User user = directory.user(ANN).orElseGet(() -> create(directory));
    Account account = injector.getInstance(Accounts.class).find(user.account()).orElseThrow();
    fill(account, injector.getInstance(ContentStore.class), messages);
    ListenerConfig config = ListenerConfig.defaults().withPort(port);
    try (var listener = Listener.open(config, injector.getInstance(ImapServer.class))) {
      System.out.println(listener.port() + " " + ProcessHandle.current().pid());
      while (System.in.read() >= 0) {}
    }
    System.exit(0);
  }

  private static User create(Directory directory) {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    return directory
        .users()
        .create(new NewUser(ANN, new Password.Clear("secret"), OptionalLong.empty(), "Ann"));
  }

  private static void fill(Account account, ContentStore contents, int messages)
      throws IOException {
    var inbox = account.find(MailboxName.INBOX).orElseThrow();
    var random = new Random(1);
    for (int done = inbox.messages(); done < messages; ) {
      List<NewEmail> emails = new ArrayList<>();
      for (int i = 0; i < PIECE && done < messages; i++) {
        byte[] bytes = message(done++, random).getBytes(StandardCharsets.US_ASCII);
        var content = contents.write(new ByteArrayInputStream(bytes));
        Flags flags = random.nextBoolean() ? Flags.of("\\Seen") : Flags.NONE;
        emails.add(new NewEmail(content, "", flags, Instant.now()));
      }
      account.change(
          ACTOR,
          draft -> {
            emails.forEach(email -> draft.append(inbox.id(), email));
            return Optional.empty();
          });
    }
  }

  private static String message(int number, Random random) {
    var text = new StringBuilder();
    text.append("Received: from a.example.net (a.example.net [192.0.2.1]) by mx.example.org\r\n")
        .append("\twith ESMTPS id 4711; Mon, 2 Mar 2026 10:00:00 +0000\r\n")
        .append("From: \"Bob Number %d\" <bob%d@example.net>\r\n")
        .append("To: ann@example.org, \"Cat\" <cat@example.org>\r\n")
        .append("Subject: %s\r\n")
        .append("Date: Mon, 2 Mar 2026 10:%d:%d +0%d00\r\n")
        .append("Message-ID: <%d.4711@example.net>\r\n")
        .append(references(number, random))
        .append("MIME-Version: 1.0\r\n")
        .append("Content-Type: text/plain; charset=utf-8\r\n\r\n");
    String subject = "Message number " + random.nextInt(1 + number / 2) + " about something";
    String header =
        String.format(
            Locale.ROOT,
            text.toString(),
            random.nextInt(1000),
            random.nextInt(1000),
            random.nextInt(3) == 0 ? "Re: " + subject : subject,
            random.nextInt(60),
            random.nextInt(60),
            random.nextInt(10),
            number);
    text.setLength(0);
    text.append(header);
    while (text.length() < 3072) {
      for (int i = 0; i < 11; i++) {
        text.append((char) ('a' + random.nextInt(26))).append("orem ");
      }
      text.append("\r\n");
    }
    return text.toString();
  }

  /// Of two in three, to some before it.
  private static String references(int number, Random random) {
    if (number == 0 || random.nextInt(3) == 0) {
      return "";
    }
    var ids = new StringBuilder();
    for (int i = random.nextInt(8); i >= 0; i--) {
      ids.append(" <").append(Math.max(0, number - 1 - i * 3)).append(".4711@example.net>");
    }
    String last = ids.substring(ids.lastIndexOf("<"));
    return "In-Reply-To: "
        + last
        + "\r\nReferences:"
        + ids.toString().replace("> <", ">\r\n <")
        + "\r\n";
  }
}
