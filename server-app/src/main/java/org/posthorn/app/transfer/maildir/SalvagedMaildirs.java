package org.posthorn.app.transfer.maildir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.app.transfer.file.DiskNames;
import org.posthorn.app.transfer.file.OwnDirectory;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.salvage.Salvage;

/// Takes salvaged mail into one Maildir for each user, in a folder with the name of the login. Run
/// again over the same contents it writes the same files. Used by one thread.
public final class SalvagedMaildirs implements Salvage.Destination {
  private static final long ROOM_BYTES = 1L << 20;

  private final Path root;
  private final Salvage.Telling telling;
  private final Map<MailAddress, Maildir> users = new HashMap<>();
  private long taken;
  private final Refused refused = new Refused();

  private static final class Maildir {
    private final MaildirTarget target;
    private final Map<MailboxName, Frame.Folder> folders = new LinkedHashMap<>();
    private long messages;

    Maildir(Path place) {
      this.target = new MaildirTarget(place, new Oddities());
    }

    /// All that are known are named to the target again when there is one more.
    Frame.Folder folder(MailboxName name) throws IOException {
      Frame.Folder known = folders.get(name);
      if (known != null) {
        return known;
      }
      var made = new Frame.Folder(folders.size() + 1, name.value(), "", false, true, 0, 0);
      var all = new ArrayList<>(folders.values());
      all.add(made);
      target.begin(all, List.of());
      folders.put(name, made);
      return made;
    }
  }

  public SalvagedMaildirs(Path root, Salvage.Telling telling) {
    this.root = root;
    this.telling = telling;
  }

  @Override
  public void take(Salvage.Letter letter, InputStream bytes) throws IOException {
    Maildir user =
        users.computeIfAbsent(
            letter.login(), login -> new Maildir(root.resolve(fileName(login.toString()))));
    var prefix = new ByteArrayInputStream(letter.prefix().getBytes(StandardCharsets.UTF_8));
    try {
      OwnDirectory.make(root);
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot write to " + root, e);
    }
    // One that is refused has its number too, so that the others keep theirs when this is repeated.
    user.messages++;
    try {
      Frame.Folder folder = user.folder(letter.mailbox());
      user.target.message(
          folder,
          new Frame.Message(
              folder.number(),
              new SourceKey(0, 0, user.messages),
              letter.flags().names(),
              letter.date().toEpochMilli(),
              letter.content().toString()),
          new SequenceInputStream(prefix, bytes));
      taken++;
    } catch (ContentDamaged damaged) {
      throw damaged;
    } catch (FileSystemException e) {
      if (isFull()) {
        throw StorageUnavailable.full("Cannot write the Maildirs in " + root, e);
      }
      refused.add(letter, e);
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot write the Maildirs in " + root, e);
    }
  }

  @Override
  public long flush() {
    refused.tell(telling);
    long done = taken;
    taken = 0;
    return done;
  }

  /// What was refused since the last flush; all of one mailbox.
  private static final class Refused {
    private long messages;
    private String login = "";
    private String why = "";

    void add(Salvage.Letter letter, FileSystemException e) {
      messages++;
      login = letter.login().toString();
      why = letter.mailbox() + ": " + e;
    }

    void tell(Salvage.Telling telling) {
      if (messages > 0) {
        telling.problem(login, Counted.of(messages, "message") + " not written to " + why);
      }
      messages = 0;
    }
  }

  /// Without room nobody's mail can be written; all else may be the trouble of one folder.
  private boolean isFull() {
    try {
      return Files.getFileStore(root).getUsableSpace() < ROOM_BYTES;
    } catch (IOException _) {
      return true;
    }
  }

  /// With nothing in it that leads to another folder.
  private static String fileName(String login) {
    String name =
        DiskNames.level(URLEncoder.encode(login, StandardCharsets.UTF_8).replace("%40", "@"));
    return name.startsWith(".") ? "%2E" + name.substring(1) : name;
  }
}
