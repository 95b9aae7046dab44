package org.posthorn.app;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import org.posthorn.imap.command.VouchedTexts;
import org.posthorn.smtp.inbound.UrlTexts;

/// Binds [UrlTexts]: a submission may name what lies in a mailbox of this server by a URL of IMAP
/// (RFC 4468), and is read without a way over the network.
final class UrlTextsModule extends AbstractModule {
  @Provides
  @Singleton
  static UrlTexts urlTexts(VouchedTexts texts) {
    return (url, login) ->
        switch (texts.submitted(url, login)) {
          case VouchedTexts.Submitted.Text(long sizeBytes, var bytes) ->
              new UrlTexts.Found.Text(sizeBytes, bytes);
          case VouchedTexts.Submitted.NotOurs _ -> new UrlTexts.Found.NotTrusted();
          case VouchedTexts.Submitted.Denied _ -> new UrlTexts.Found.Denied();
          case VouchedTexts.Submitted.Gone _ -> new UrlTexts.Found.Gone();
        };
  }
}
