# What every package is made from; sourced by the scripts beside it.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$root/.build-dist
command=$scratch/command
version=$(sed -n 's/.*static let text = "\(.*\)"/\1/p' "$root/Sources/BatchNormFusion/Version.swift")
# The time of every file in an archive: that of the commit, so that the same sources give the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2> /dev/null || echo 1767225600)}
export SOURCE_DATE_EPOCH
umask 022
mkdir -p "$root/dist"
