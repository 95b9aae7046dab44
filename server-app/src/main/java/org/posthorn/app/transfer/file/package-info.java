/// What the formats that lie in files share: names and lines on disk, directories that an export
/// may write to, files with one message.
@NullMarked
package org.posthorn.app.transfer.file;

import org.jspecify.annotations.NullMarked;
