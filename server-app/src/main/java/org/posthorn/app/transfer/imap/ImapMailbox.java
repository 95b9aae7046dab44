package org.posthorn.app.transfer.imap;

import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.SourceFailed;
import org.posthorn.app.transfer.intake.FlagNames;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.WireLines;
import org.posthorn.storage.account.SourceKey;

/// One mailbox of another IMAP server on its way into an account: it is looked through some hundred
/// messages at a time, what is not known is fetched, and flags that changed are told. Used by one
/// thread.
final class ImapMailbox {
  private static final int WINDOW = 500;
  private static final int SENT_AHEAD = 32;
  private static final int SMALL_BYTES = 2 << 20;
  private static final int KNOWN_PAGE = 2_000;
  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("d-MMM-yyyy HH:mm:ss Z")
          .toFormatter(Locale.ENGLISH);

  private final ImapConnection connection;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Intake.Progress progress;
  private final boolean delete;
  private long exists;
  private long uidValidity;
  private long expunged;
  private boolean anyExpunged;
  private boolean uidComesFirst;
  private long[] uids = new long[1_000];
  private int uidCount;

  /// Makes the number of the source in keys, for a UIDVALIDITY.
  interface Keys {
    long source(long uidValidity);
  }

  private record Found(long uid, List<String> flags, long internalMillis, long sizeBytes) {}

  ImapMailbox(
      ImapConnection connection,
      Receiver receiver,
      Oddities oddities,
      Intake.Progress progress,
      boolean delete) {
    this.connection = connection;
    this.receiver = receiver;
    this.oddities = oddities;
    this.progress = progress;
    this.delete = delete;
  }

  void take(String wireName, String name, int folder, Keys keys) throws IOException {
    connection.run("EXAMINE " + ImapConnection.quoted(wireName), this::examined);
    long source = keys.source(uidValidity);
    long next = 1;
    while (next <= exists) {
      expunged = 0;
      var window = new ArrayList<Found>();
      long last = Math.min(exists, next + WINDOW - 1);
      connection.run(
          "FETCH " + next + ":" + last + " (UID FLAGS INTERNALDATE RFC822.SIZE)",
          response -> {
            fetched(response, window);
            counted(response);
          });
      window.sort(Comparator.comparingLong(Found::uid));
      window.forEach(found -> keep(found.uid()));
      handOver(window, name, folder, source);
      next = Math.max(1, last + 1 - expunged);
    }
    // Where numbers moved while they were read, a message may have been passed over: next time.
    if (delete && !anyExpunged) {
      tellRemoved(source);
    }
    receiver.flush();
  }

  private void examined(List<Object> response) {
    counted(response);
    if (response.size() > 2 && ImapResponses.is(response.get(1), "OK")) {
      String text = String.valueOf(response.get(2)).toUpperCase(Locale.ROOT);
      if (text.startsWith("[UIDVALIDITY ")) {
        uidValidity = number(text.substring("[UIDVALIDITY ".length(), text.indexOf(']')).strip());
      }
    }
  }

  /// `* 5 EXISTS`, `* 3 EXPUNGE`.
  private void counted(List<Object> response) {
    if (response.size() > 2 && ImapResponses.is(response.get(2), "EXISTS")) {
      exists = number(response.get(1));
    } else if (response.size() > 2 && ImapResponses.is(response.get(2), "EXPUNGE")) {
      expunged++;
      anyExpunged = true;
      exists = Math.max(0, exists - 1);
    }
  }

  private static void fetched(List<Object> response, List<Found> window) {
    if (response.size() < 4
        || !ImapResponses.is(response.get(2), "FETCH")
        || !(response.get(3) instanceof List<?> items)) {
      return;
    }
    long uid = 0;
    long size = 0;
    long millis = 0;
    List<String> flags = new ArrayList<>();
    for (int i = 0; i + 1 < items.size(); i += 2) {
      Object value = items.get(i + 1);
      switch (String.valueOf(items.get(i)).toUpperCase(Locale.ROOT)) {
        case "UID" -> uid = number(value);
        case "RFC822.SIZE" -> size = number(value);
        case "INTERNALDATE" -> millis = millis(String.valueOf(value));
        case "FLAGS" -> {
          if (value instanceof List<?> names) {
            names.stream()
                .map(String::valueOf)
                .filter(name -> !name.equalsIgnoreCase("\\Recent"))
                .forEach(flags::add);
          }
        }
        default -> {
          // Not asked for.
        }
      }
    }
    if (uid > 0) {
      window.add(new Found(uid, flags, millis, size));
    }
  }

  private void handOver(List<Found> window, String name, int folder, long source)
      throws IOException {
    Map<SourceKey, List<String>> known =
        receiver.known(window.stream().map(found -> key(source, found.uid())).toList());
    var wanted = new ArrayList<Found>();
    long flagged = 0;
    for (Found found : window) {
      SourceKey key = key(source, found.uid());
      List<String> before = known.get(key);
      if (before == null) {
        wanted.add(found);
      } else if (FlagNames.differ(before, found.flags())) {
        flagged++;
        receiver.send(new Frame.Flagged(key, found.flags()));
      }
    }
    progress.done(window.size() - wanted.size(), 0, window.size() - wanted.size(), flagged);
    fetch(wanted, name, folder, source);
    receiver.flush();
  }

  /// One command for each message, many sent ahead. Servers may answer them together, so it is the
  /// UID before the bytes that says whose they are; where it does not come first, one command waits
  /// for the other.
  private void fetch(List<Found> wanted, String name, int folder, long source) throws IOException {
    Map<Long, Found> left = new LinkedHashMap<>();
    wanted.forEach(found -> left.put(found.uid(), found));
    var tags = new ArrayDeque<String>();
    int sent = 0;
    for (Found found : wanted) {
      while (sent < wanted.size() && tags.size() < (uidComesFirst ? SENT_AHEAD : 1)) {
        tags.add(connection.send("UID FETCH " + wanted.get(sent).uid() + " (UID BODY.PEEK[])"));
        sent++;
      }
      try {
        connection.await(
            tags.remove(),
            this::counted,
            (before, bytes) -> {
              long uid = uid(before);
              uidComesFirst |= uid > 0;
              Found which = left.remove(uid > 0 ? uid : found.uid());
              if (which != null) {
                message(which, label(name, which), folder, source, bytes);
                progress.done(1, which.sizeBytes(), 0, 0);
              }
            });
      } catch (ImapConnection.Refused e) {
        left.remove(found.uid());
        oddities.add(Oddity.UNREADABLE, label(name, found) + ": " + e.getMessage());
      }
    }
    left.values().forEach(gone -> oddities.add(Oddity.GONE, label(name, gone)));
  }

  private static String label(String mailbox, Found found) {
    return mailbox + " UID " + found.uid();
  }

  /// 0 where it is not among `items`.
  private static long uid(List<Object> items) {
    int at = items.indexOf("UID");
    return at >= 0 && at + 1 < items.size() ? number(items.get(at + 1)) : 0;
  }

  private void message(Found found, String label, int folder, long source, InputStream bytes)
      throws IOException {
    InputStream gathered = ImapIntake.gathered(bytes, SMALL_BYTES);
    if (found.sizeBytes() == 0 && gathered.available() == 0) {
      oddities.add(Oddity.EMPTY, label);
      return;
    }
    if (found.internalMillis() == 0) {
      oddities.add(Oddity.NO_DATE, label);
    }
    var frame =
        new Frame.Message(
            folder,
            key(source, found.uid()),
            found.flags(),
            found.internalMillis() == 0 ? System.currentTimeMillis() : found.internalMillis(),
            label);
    try {
      receiver.send(frame, () -> new WireLines(gathered, () -> oddities.add(Oddity.NUL, label)));
    } catch (SourceFailed e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void tellRemoved(long source) throws IOException {
    long[] there = Arrays.copyOf(uids, uidCount);
    Arrays.sort(there);
    SourceKey from = key(source, 0);
    while (true) {
      List<SourceKey> page =
          receiver.knownFrom(from, KNOWN_PAGE).keySet().stream()
              .sorted(Comparator.comparingLong(SourceKey::low))
              .toList();
      for (SourceKey key : page) {
        if (Arrays.binarySearch(there, key.low()) < 0) {
          receiver.send(new Frame.Removed(key));
        }
      }
      if (page.size() < KNOWN_PAGE) {
        return;
      }
      from = key(source, page.getLast().low() + 1);
    }
  }

  private void keep(long uid) {
    if (delete) {
      if (uidCount == uids.length) {
        uids = Arrays.copyOf(uids, uidCount * 2);
      }
      uids[uidCount++] = uid;
    }
  }

  private static SourceKey key(long source, long uid) {
    return new SourceKey(source, 0, uid);
  }

  private static long number(Object value) {
    try {
      return Long.parseLong(String.valueOf(value));
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  /// `17-Jul-1996 02:44:25 -0700`; 0 for what is none.
  static long millis(String date) {
    try {
      return OffsetDateTime.parse(date.strip(), DATE).toInstant().toEpochMilli();
    } catch (DateTimeException _) {
      return 0;
    }
  }
}
