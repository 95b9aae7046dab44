package org.posthorn.mailets.smime;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.files.DataFolder;

/// The certificates of people by their addresses, in small letters. Immutable.
record AddressBook(Map<String, List<X509Certificate>> people) {
  /// From files, and from all files in folders.
  static AddressBook read(DataFolder data, List<String> places) throws IOException {
    Map<String, List<X509Certificate>> people = new HashMap<>();
    for (String place : places) {
      for (String file : data.list(place)) {
        for (X509Certificate certificate : Pem.certificates(file, data.read(file))) {
          for (String address : Certificates.addresses(certificate)) {
            people.computeIfAbsent(address, _ -> new ArrayList<>()).add(certificate);
          }
        }
      }
    }
    return new AddressBook(Map.copyOf(people));
  }

  /// The one to encrypt for: good at `now`, and the newest of those.
  Optional<X509Certificate> find(MailAddress address, Instant now) {
    return people.getOrDefault(address.toString().toLowerCase(Locale.ROOT), List.of()).stream()
        .filter(each ->
            !now.isBefore(each.getNotBefore().toInstant())
                && !now.isAfter(each.getNotAfter().toInstant()))
        .filter(each -> Certificates.isForEncryption(each) && Enveloping.isPossible(each))
        .max(Comparator.comparing(each -> each.getNotBefore().toInstant()));
  }
}
