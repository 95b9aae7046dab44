package org.posthorn.app.transfer.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.transfer.intake.Oddities;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an export says of a mailbox beside its messages, in the file `posthorn-mailboxes.json`:
/// what formats of others have no place for.
public record ExportedMailbox(String name, String use, boolean subscribed) {
  public static final String FILE = "posthorn-mailboxes.json";
  private static final int FILE_MAX_BYTES = 64 << 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// Those of the export in a directory; empty where it is none of ours.
  public static Map<String, ExportedMailbox> beside(Path root, SourceFiles files, Oddities oddities)
      throws IOException {
    Path file = root.resolve(FILE);
    Optional<byte[]> text = files.beside(file, FILE_MAX_BYTES, oddities);
    var mailboxes = new LinkedHashMap<String, ExportedMailbox>();
    if (text.isPresent()) {
      try {
        for (JsonNode node : JSON.readTree(text.get())) {
          var mailbox =
              new ExportedMailbox(
                  node.path("name").asString(""),
                  node.path("specialUse").asString(""),
                  node.path("subscribed").asBoolean(true));
          mailboxes.put(mailbox.name(), mailbox);
        }
      } catch (JacksonException e) {
        throw new IOException(file + " cannot be understood: " + e.getOriginalMessage(), e);
      }
    }
    return mailboxes;
  }

  static byte[] write(List<ExportedMailbox> mailboxes) {
    var all = new ArrayList<Map<String, Object>>();
    for (ExportedMailbox mailbox : mailboxes) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", mailbox.name());
      if (!mailbox.use().isEmpty()) {
        one.put("specialUse", mailbox.use());
      }
      one.put("subscribed", mailbox.subscribed());
      all.add(one);
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(all);
  }
}
