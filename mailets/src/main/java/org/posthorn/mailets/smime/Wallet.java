package org.posthorn.mailets.smime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Services;
import org.posthorn.storage.files.DataFolder;

/// Reads what the operator has for S/MIME, again when it changes.
record Wallet(DataFolder data) {
  /// The identities in files, each under the name that it has in `files`.
  Watched<Map<String, Identity>> identities(
      Map<String, String> files, Optional<String> passwordFile, Services services) {
    List<String> all = new ArrayList<>(files.values());
    passwordFile.ifPresent(all::add);
    return new Watched<>(data, all, services, () -> read(files, passwordFile));
  }

  private Map<String, Identity> read(Map<String, String> files, Optional<String> passwordFile)
      throws IOException {
    Optional<String> password =
        passwordFile.isEmpty()
            ? Optional.empty()
            : Optional.of(data.firstLine(passwordFile.orElseThrow()));
    Map<String, Identity> read = new LinkedHashMap<>();
    for (Map.Entry<String, String> each : files.entrySet()) {
      String file = each.getValue();
      read.put(each.getKey(), Identity.read(file, data.read(file), password));
    }
    return read;
  }

  Watched<Trust> trust(String trusted, List<String> revoked, Services services) {
    List<String> all = new ArrayList<>(revoked);
    all.add(trusted);
    return new Watched<>(data, all, services, () -> Trust.read(data, trusted, revoked));
  }

  Watched<AddressBook> people(List<String> places, Services services) {
    return new Watched<>(data, places, services, () -> AddressBook.read(data, places));
  }
}
