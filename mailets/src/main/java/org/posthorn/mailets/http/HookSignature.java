package org.posthorn.mailets.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.mailet.Http;
import org.posthorn.storage.files.DataFolder;

/// Signs what is sent, so that the receiver knows from whom it is and that it is fresh: HMAC with
/// SHA-256 over `id.time.body`, as the Standard Webhooks say. The secret is the first line of a
/// file, read each time; `whsec_` in front of it says that the rest is base64.
record HookSignature(DataFolder data, String file) {
  private static final String ENCODED = "whsec_";

  Http.Request signed(Http.Request request, String id, Instant now, Http.Body body) {
    String time = String.valueOf(now.getEpochSecond());
    return request
        .withHeader("webhook-timestamp", time)
        .withHeader("webhook-signature", "v1," + mac(id + "." + time + ".", body));
  }

  private String mac(String beginning, Http.Body body) {
    try (InputStream bytes = body.open()) {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret(), "HmacSHA256"));
      mac.update(beginning.getBytes(StandardCharsets.UTF_8));
      byte[] buffer = new byte[16_384];
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        mac.update(buffer, 0, count);
      }
      return Base64.getEncoder().encodeToString(mac.doFinal());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Throws `IOException` where there is none.
  byte[] secret() throws IOException {
    String line = data.firstLine(file);
    try {
      return line.startsWith(ENCODED)
          ? Base64.getDecoder().decode(line.substring(ENCODED.length()))
          : line.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IOException("what follows whsec_ in " + file + " is no base64", e);
    }
  }
}
