package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.posthorn.app.admin.AdminClient;

/// Exports of mails that were in the queue when somebody looked.
public final class QueueExports {
  private QueueExports() {}

  /// What the command says of it.
  public static String write(AdminClient client, List<String> mails, Path directory)
      throws IOException {
    var export = new QueueExport(client, directory);
    for (String mail : mails) {
      export.write(mail);
    }
    return export.told();
  }
}
