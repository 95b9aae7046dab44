package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.posthorn.mailet.Recipient;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.storage.StorageConfig;

/// Measures taking over, leading through the chain and delivering: `DeliverySpeed DIRECTORY
/// [THREADS] [MAILS] [BYTES]`, with the content written and everything durable. No test; run by
/// hand when something here changes.
final class DeliverySpeed {
  private static final int USERS = 100;

  private DeliverySpeed() {}

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  public static void main(String[] args) throws InterruptedException {
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 20;
    int mails = args.length > 2 ? Integer.parseInt(args[2]) : 20_000;
    int bytes = args.length > 3 ? Integer.parseInt(args[3]) : 10 << 10;
    byte[] message =
        ("From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: speed\r\n"
                + "Message-ID: <1@example.org>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
                + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                + "All work and no play makes a dull text of sixty-odd letters.\r\n"
                    .repeat(bytes / 62))
            .getBytes(US_ASCII);
    try (var whole =
        new WholeSpool(
            StorageConfig.defaults(),
            Path.of(args[0]),
            SpoolConfig.defaults(),
            DeliverySpeed::carry)) {
      whole.domain("example.org");
      for (int user = 0; user < USERS; user++) {
        whole.user("u" + user + "@example.org");
      }
      for (int round = 0; round < 4; round++) {
        System.out.println(measure(whole, threads, mails, message));
      }
    }
  }

  private static String measure(WholeSpool whole, int threads, int mails, byte[] message)
      throws InterruptedException {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    var done = new CountDownLatch(threads);
    for (int thread = 0; thread < threads; thread++) {
      int number = thread;
      Thread.ofVirtual()
          .start(() -> {
            for (int i = 0; i < mails / threads; i++) {
              whole.accept(
                  "sender@example.net", message, "u" + (number * 31 + i) % USERS + "@example.org");
            }
            done.countDown();
          });
    }
    done.await();
    double accepted = (System.nanoTime() - start) / 1e9;
    while (whole.queue.counts().recipients() > 0) {
      LockSupport.parkNanos(2_000_000);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double micros = (system.getProcessCpuTime() - cpu) / 1e3 / mails;
    return String.format(
        Locale.ROOT,
        "%d mails of %d bytes, %d senders: accepted %.0f/s, delivered %.0f/s, %.0f CPU us each",
        mails,
        message.length,
        threads,
        mails / accepted,
        mails / seconds,
        micros);
  }

  private static Map<Recipient, Carrier.Answer> carry(Carrier.Load load) {
    Map<Recipient, Carrier.Answer> answers = new HashMap<>();
    load.recipients()
        .forEach(
            recipient -> answers.put(recipient, new Carrier.Answer.Delivered("mx", "250", true)));
    return answers;
  }
}
