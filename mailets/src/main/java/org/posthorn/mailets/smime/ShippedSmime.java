package org.posthorn.mailets.smime;

import java.util.List;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.storage.files.DataFolder;

/// The list of the mailets for S/MIME.
public final class ShippedSmime {
  private ShippedSmime() {}

  /// Files that the operator names count from `data`.
  public static List<MailetFactory<?>> all(DataFolder data) {
    var wallet = new Wallet(data);
    return List.of(
        SmimeDecrypt.factory(wallet),
        SmimeEncrypt.factory(wallet),
        SmimeSign.factory(wallet),
        SmimeVerify.factory(wallet));
  }
}
