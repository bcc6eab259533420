/**
 * A line of shell for root that puts a folder on a disk of its own, with all that is in it and a MiB to spare. What was
 * there stays below, as it was.
 */
export const onSmallDisk = (folder: string) => `set -e; cp -a ${folder} /tmp/kept; cd /tmp
size=$(du -sk --apparent-size kept | cut -f1); mount -t tmpfs -o size=$((size + 1024))k tmpfs ${folder}
chown deploy:deploy ${folder}; chmod 700 ${folder}; cp -a kept/. ${folder}
rm -rf kept`;

/** One that fills that disk, but for so many KB. */
export const fillDisk = (folder: string, left: number) => `set -e
head -c $((100 * 1024 * 1024)) /dev/zero >${folder}/filler 2>/dev/null || :
[ ${left} -eq 0 ] || truncate -s -${left}k ${folder}/filler`;

/** One that makes room again. */
export const emptyDisk = (folder: string) => `rm -f ${folder}/filler`;

/** One that puts the folder back to where it was, with what is in it now. */
export const offSmallDisk = (
  folder: string,
) => `${emptyDisk(folder)}; cp -a ${folder} /tmp/kept; umount ${folder}
find ${folder} -mindepth 1 -delete; cp -a /tmp/kept/. ${folder}; rm -rf /tmp/kept`;
