package org.posthorn.app.transfer.maildir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.salvage.Salvage;

/// Takes salvaged mail into one Maildir for each user, in a folder with the name of the login. Run
/// again over the same contents it writes the same files. Used by one thread.
public final class SalvagedMaildirs implements Salvage.Destination {
  private final Path root;
  private final Map<MailAddress, Maildir> users = new HashMap<>();
  private long taken;

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
      folders.put(name, made);
      target.begin(List.copyOf(folders.values()), List.of());
      return made;
    }
  }

  public SalvagedMaildirs(Path root) {
    this.root = root;
  }

  @Override
  public void take(Salvage.Letter letter, InputStream bytes) throws IOException {
    Maildir user =
        users.computeIfAbsent(
            letter.login(), login -> new Maildir(root.resolve(fileName(login.toString()))));
    var prefix = new ByteArrayInputStream(letter.prefix().getBytes(StandardCharsets.UTF_8));
    try {
      Frame.Folder folder = user.folder(letter.mailbox());
      user.messages++;
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
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot write the Maildirs in " + root, e);
    }
  }

  @Override
  public long flush() {
    long done = taken;
    taken = 0;
    return done;
  }

  /// With nothing in it that leads to another folder.
  private static String fileName(String login) {
    String name = URLEncoder.encode(login, StandardCharsets.UTF_8).replace("%40", "@");
    return name.startsWith(".") ? "%2E" + name.substring(1) : name;
  }
}
